import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Limiter } from '../lib/limiter.js';

test('range', () => {
  for (const limit of [0, -1, 0.5]) assert.throws(() => new Limiter({ limit, seconds: 1 }), RangeError);
  assert.ok(new Limiter({ limit: 1, seconds: 1 }).hit('a').allowed);
});
