/**
 * Reads the text of a wildcard into its literal parts: `*` stands for any characters, `\*` and `\\` for themselves. A text says what is
 * wrong: two asterisks in a row, or a backslash before anything else.
 */
export function parseWildcard(text: string): string[] | { problem: string } {
  const parts = [''];
  let afterAsterisk = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (character === '*') {
      if (afterAsterisk) return { problem: `two asterisks in a row at position ${index}; one is enough` };
      parts.push('');
      afterAsterisk = true;
      continue;
    }
    afterAsterisk = false;
    if (character === '\\') {
      index++;
      const escaped = text[index];
      if (escaped !== '*' && escaped !== '\\') {
        return {
          problem: `the backslash at position ${index - 1} escapes nothing; write "\\\\" for a backslash or "\\*" for an asterisk`,
        };
      }
    }
    parts.push(`${parts.pop()}${text[index]}`);
  }
  return parts;
}

/** Whether the text consists of the parts in their order with anything between them. */
export function matchesParts(text: string, parts: readonly string[]): boolean {
  const first = parts[0]!;
  if (parts.length === 1) return text === first;
  const last = parts.at(-1)!;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let position = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, position);
    if (found < 0 || found + part.length > end) return false;
    position = found + part.length;
  }
  return true;
}
