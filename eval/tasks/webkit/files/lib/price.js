/** Prices in cents. `rate` is a share, 0.19 for 19 %. */
export function withTax(cents, rate) {
  return Math.round(cents * (1 + rate));
}

export function total(items, { rate = 0, discount = 0 } = {}) {
  const net = items.reduce((sum, { cents, count = 1 }) => sum + cents * count, 0);
  return withTax(Math.round(net * (1 - discount)), rate);
}

export function show(cents) {
  return `${Math.trunc(cents / 100)}.${String(Math.abs(cents % 100)).padStart(2, '0')} EUR`;
}
