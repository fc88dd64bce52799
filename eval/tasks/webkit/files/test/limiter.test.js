import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Limiter } from '../lib/limiter.js';

function limiter(clock) {
  return new Limiter({ limit: 2, seconds: 10, now: () => clock.time });
}

test('allows up to the limit', () => {
  const clock = { time: 0 };
  const limit = limiter(clock);
  assert.deepEqual(limit.hit('a'), { allowed: true, left: 1 });
  assert.deepEqual(limit.hit('a'), { allowed: true, left: 0 });
  assert.equal(limit.hit('a').allowed, false);
});

test('says when to come back', () => {
  const clock = { time: 0 };
  const limit = limiter(clock);
  limit.hit('a');
  clock.time = 4000;
  limit.hit('a');
  assert.deepEqual(limit.hit('a'), { allowed: false, retryAfter: 6 });
});

test('the window slides', () => {
  const clock = { time: 0 };
  const limit = limiter(clock);
  limit.hit('a');
  limit.hit('a');
  clock.time = 10000;
  assert.equal(limit.hit('a').allowed, true);
});
