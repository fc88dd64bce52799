import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Router } from '../lib/router.js';

test('slash', () => {
  const router = new Router().add('GET', '/', 'root').add('GET', '/a', 'a').add('GET', '/a/:b', 'b');
  assert.equal(router.find('GET', '/').handler, 'root');
  assert.equal(router.find('GET', '/a/').handler, 'a');
  assert.deepEqual(router.find('GET', '/a/x/').params, { b: 'x' });
  assert.equal(router.find('GET', '/a//').status, 404);
});
