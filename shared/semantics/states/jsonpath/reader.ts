/** Why a text is not a JSONPath. */
export class PathSyntaxError extends Error {
  override name = 'PathSyntaxError';
}

const NAME = /[^\s.[\](),'"]+/y;
/** Inside of a filter a name also ends where an operator begins. */
const NAME_IN_FILTER = /[^\s.[\](),'"=!<>~&|]+/y;
const INTEGER = /-?\d+/y;

/** Reads a JSONPath or an intrinsic function from left to right. */
export class PathReader {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  get done(): boolean {
    return this.position >= this.text.length;
  }

  peek(): string {
    return this.text[this.position] ?? 'the end';
  }

  take(token: string): boolean {
    if (!this.text.startsWith(token, this.position)) return false;
    this.position += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) throw this.error(`"${token}" expected where "${this.peek()}" stands`);
  }

  skipSpace(): void {
    while (this.text[this.position] === ' ') this.position += 1;
  }

  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.position;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.position += found.length;
    return found;
  }

  readName(inFilter: boolean): string {
    const name = this.match(inFilter ? NAME_IN_FILTER : NAME);
    if (!name) throw this.error(`a name expected where "${this.peek()}" stands`);
    return name;
  }

  readInteger(): number | undefined {
    this.skipSpace();
    const digits = this.match(INTEGER);
    return digits === undefined ? undefined : Number(digits);
  }

  /** A text in single or double quotes, a backslash before a quote or a backslash. */
  readQuoted(): string {
    const quote = this.peek();
    if (quote !== "'" && quote !== '"') throw this.error(`a quote expected where "${quote}" stands`);
    let value = '';
    for (this.position += 1; !this.done; this.position += 1) {
      const character = this.peek();
      if (character === quote) {
        this.position += 1;
        return value;
      }
      if (character === '\\') this.position += 1;
      value += this.text[this.position] ?? '';
    }
    throw this.error('the closing quote is missing');
  }

  readList<T>(read: () => T): T[] {
    const list: T[] = [];
    do {
      this.skipSpace();
      list.push(read());
      this.skipSpace();
    } while (this.take(','));
    return list;
  }

  error(message: string): PathSyntaxError {
    return new PathSyntaxError(`${JSON.stringify(this.text)} at ${this.position}: ${message}`);
  }
}
