/** Percent-encoding as AWS signs it: of the UTF-8 bytes, all but `A-Z a-z 0-9 - . _ ~`. */
export function uriEncode(text: string): string {
  return encodeURIComponent(wellFormed(text)).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The same for a path, whose slashes stay. */
export function uriEncodePath(path: string): string {
  return path.split('/').map(uriEncode).join('/');
}

const wellFormed = (text: string): string => (text.isWellFormed() ? text : text.toWellFormed());

/** Percent-decoded UTF-8; undefined where it is neither. */
export function uriDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The parameters of a raw query in their order, decoded; `+` is a space, as in forms. Undefined where one is not UTF-8. */
export function parseQuery(query: string): [string, string][] | undefined {
  const pairs: [string, string][] = [];
  for (const part of query.split('&')) {
    if (part === '') continue;
    const at = part.indexOf('=');
    const name = uriDecode((at < 0 ? part : part.slice(0, at)).replaceAll('+', ' '));
    const value = uriDecode((at < 0 ? '' : part.slice(at + 1)).replaceAll('+', ' '));
    if (name === undefined || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return pairs;
}
