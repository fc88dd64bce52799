import { describe, it } from 'node:test';
import assert from 'node:assert/strict';
import { Router } from '../lib/router.js';

const router = new Router()
  .add('GET', '/users/:id', 'user')
  .add('PUT', '/users/:id', 'change')
  .add('GET', '/users/:id/posts/:post', 'post');

describe('Router', () => {
  it('finds a route with its parameters', () => {
    assert.deepEqual(router.find('GET', '/users/7/posts/9'), {
      status: 200,
      handler: 'post',
      params: { id: '7', post: '9' },
    });
  });

  it('knows no other path', () => {
    assert.deepEqual(router.find('GET', '/users'), { status: 404 });
    assert.deepEqual(router.find('GET', '/users/7/'), { status: 404 });
  });

  it('names the methods of a path', () => {
    assert.deepEqual(router.find('DELETE', '/users/7'), { status: 405, allow: ['GET', 'PUT'] });
  });
});
