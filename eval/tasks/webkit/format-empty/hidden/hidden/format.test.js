import { test } from 'node:test';
import assert from 'node:assert/strict';
import { format } from '../lib/query.js';

test('format', () => {
  assert.equal(format({ a: undefined, b: '', c: null, d: 0, e: [1, null, 2] }), 'b=&d=0&e=1&e=2');
  assert.equal(format({ a: null }), '');
});
