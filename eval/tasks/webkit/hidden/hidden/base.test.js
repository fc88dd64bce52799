import { test } from 'node:test';
import assert from 'node:assert/strict';
import { Limiter } from '../lib/limiter.js';
import { format, parse } from '../lib/query.js';
import { total, withTax, show } from '../lib/price.js';
import { Router } from '../lib/router.js';

test('what holds on the base', () => {
  const router = new Router().add('GET', '/a/:b', 1).add('POST', '/a/:b', 2);
  assert.deepEqual(router.find('POST', '/a/x'), { status: 200, handler: 2, params: { b: 'x' } });
  assert.equal(router.find('PUT', '/a/x').status, 405);
  assert.equal(router.find('GET', '/a/b/c').status, 404);
  const clock = { time: 0 };
  const limit = new Limiter({ limit: 1, seconds: 5, now: () => clock.time });
  assert.equal(limit.hit('k').allowed, true);
  clock.time = 3500;
  assert.deepEqual(limit.hit('k'), { allowed: false, retryAfter: 2 });
  clock.time = 5000;
  assert.equal(limit.hit('k').allowed, true);
  assert.equal(limit.hit('other').allowed, true);
  assert.deepEqual(parse('x=%20&x=2&y'), { x: [' ', '2'], y: '' });
  assert.equal(format({ q: 'a b' }), 'q=a%20b');
  assert.equal(withTax(333, 0.19), 396);
  assert.equal(total([{ cents: 333, count: 2 }], { rate: 0.07, discount: 0.5 }), 356);
  assert.equal(show(7), '0.07 EUR');
});
