import { test } from 'node:test';
import assert from 'node:assert/strict';
import { format, parse } from '../lib/query.js';

const CASES = [
  ['?a=1&b=2', { a: '1', b: '2' }],
  ['a=1&a=2', { a: ['1', '2'] }],
  ['name=J%C3%BCrgen', { name: 'Jürgen' }],
  ['empty=&flag', { empty: '', flag: '' }],
  ['', {}],
];

for (const [text, params] of CASES) {
  test(`parse ${text}`, () => {
    assert.deepEqual(parse(text), params);
  });
}

test('format is the way back', () => {
  assert.equal(format({ a: ['1', '2'], b: 'x&y' }), 'a=1&a=2&b=x%26y');
});
