import { test } from 'node:test';
import assert from 'node:assert/strict';
import { total } from '../lib/price.js';

test('discount', () => {
  for (const discount of [-0.01, 1.5, 2]) assert.throws(() => total([{ cents: 1 }], { discount }), RangeError);
  assert.equal(total([{ cents: 100 }], { discount: 1 }), 0);
  assert.equal(total([{ cents: 100 }], { discount: 0 }), 100);
});
