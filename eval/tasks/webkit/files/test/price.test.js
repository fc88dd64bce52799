import { test } from 'node:test';
import assert from 'node:assert/strict';
import { show, total, withTax } from '../lib/price.js';

test('tax is rounded to a cent', () => {
  assert.equal(withTax(1000, 0.19), 1190);
  assert.equal(withTax(999, 0.07), 1069);
});

test('total', async (t) => {
  const items = [{ cents: 250, count: 4 }, { cents: 99 }];
  await t.test('without anything', () => assert.equal(total(items), 1099));
  await t.test('with tax', () => assert.equal(total(items, { rate: 0.19 }), 1308));
  await t.test('with a discount', () => assert.equal(total(items, { discount: 0.1 }), 989));
});

test('shows cents with two digits', () => {
  assert.equal(show(1205), '12.05 EUR');
  assert.equal(show(-50), '0.50 EUR');
});
