import { test } from 'node:test';
import assert from 'node:assert/strict';
import { parse } from '../lib/query.js';

test('plus', () => {
  assert.deepEqual(parse('a=b+c+d&first+name=x'), { a: 'b c d', 'first name': 'x' });
  assert.deepEqual(parse('sum=1%2B1'), { sum: '1+1' });
});
