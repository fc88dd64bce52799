import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Limiter } from '../lib/limiter.js';

test('reset', () => {
  const limit = new Limiter({ limit: 1, seconds: 9, now: () => 0 });
  for (const key of ['a', 'b', 'c']) limit.hit(key);
  limit.reset('a');
  assert.deepEqual(['a', 'b'].map((key) => limit.hit(key).allowed), [true, false]);
  limit.reset();
  assert.deepEqual(['a', 'b', 'c'].map((key) => limit.hit(key).allowed), [true, true, true]);
});
