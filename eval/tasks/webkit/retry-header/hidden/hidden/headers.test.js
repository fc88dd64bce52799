import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Limiter } from '../lib/limiter.js';

test('headers', () => {
  const limit = new Limiter({ limit: 1, seconds: 30, now: () => 0 });
  assert.deepEqual(limit.headers(limit.hit('a')), { 'X-RateLimit-Remaining': '0' });
  assert.deepEqual(limit.headers(limit.hit('a')), { 'Retry-After': '30' });
});
