/** At most `limit` hits per key in `seconds`, counted in a sliding window. */
export class Limiter {
  #hits = new Map();

  constructor({ limit, seconds, now = Date.now }) {
    Object.assign(this, { limit, seconds, now });
  }

  hit(key) {
    const now = this.now();
    const recent = (this.#hits.get(key) ?? []).filter((time) => now - time < this.seconds * 1000);
    if (recent.length >= this.limit) {
      return { allowed: false, retryAfter: Math.ceil((recent[0] + this.seconds * 1000 - now) / 1000) };
    }
    this.#hits.set(key, [...recent, now]);
    return { allowed: true, left: this.limit - recent.length - 1 };
  }
}
