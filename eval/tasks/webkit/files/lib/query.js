/** The parameters of a query string; a name that occurs twice has a list. */
export function parse(text) {
  const found = {};
  for (const part of text.replace(/^\?/, '').split('&')) {
    if (part === '') continue;
    const [name, value = ''] = part.split('=').map((each) => decodeURIComponent(each));
    if (name in found) found[name] = [].concat(found[name], value);
    else found[name] = value;
  }
  return found;
}

export function format(params) {
  return Object.entries(params)
    .flatMap(([name, value]) => [].concat(value).map((each) => [name, each]))
    .map((pair) => pair.map(encodeURIComponent).join('='))
    .join('&');
}
