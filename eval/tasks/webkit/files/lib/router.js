/** Routes `METHOD /path/:name` to handlers; the first that fits answers. */
export class Router {
  #routes = [];

  add(method, pattern, handler) {
    const names = [];
    const source = pattern.replace(/:(\w+)/g, (_, name) => {
      names.push(name);
      return '([^/]+)';
    });
    this.#routes.push({ method, expression: new RegExp(`^${source}$`), names, handler });
    return this;
  }

  find(method, path) {
    const fitting = this.#routes.filter(({ expression }) => expression.test(path));
    if (fitting.length === 0) return { status: 404 };
    const route = fitting.find((each) => each.method === method);
    if (!route) return { status: 405, allow: fitting.map((each) => each.method) };
    const values = path.match(route.expression).slice(1);
    const params = Object.fromEntries(route.names.map((name, at) => [name, values[at]]));
    return { status: 200, handler: route.handler, params };
  }
}
