import { test } from 'node:test';
import assert from 'node:assert/strict';
import { show } from '../lib/price.js';

test('negative', () => {
  assert.deepEqual([-1205, -50, -5, -100, 0].map(show), ['-12.05 EUR', '-0.50 EUR', '-0.05 EUR', '-1.00 EUR', '0.00 EUR']);
});
