import { test } from 'node:test';
import assert from 'node:assert/strict';
import { show } from '../lib/price.js';

test('currency', () => {
  assert.deepEqual([show(5, 'CHF'), show(100), show(123456, 'USD')], ['0.05 CHF', '1.00 EUR', '1234.56 USD']);
});
