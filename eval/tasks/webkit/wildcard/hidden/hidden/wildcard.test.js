import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Router } from '../lib/router.js';

test('wildcard', () => {
  const router = new Router().add('GET', '/files/*rest', 'file').add('GET', '/u/:id/*more', 'more');
  assert.deepEqual(router.find('GET', '/files/a/b.txt').params, { rest: 'a/b.txt' });
  assert.deepEqual(router.find('GET', '/u/1/x/y').params, { id: '1', more: 'x/y' });
  assert.equal(router.find('GET', '/file').status, 404);
});
