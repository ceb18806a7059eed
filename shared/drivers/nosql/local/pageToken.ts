import { createHmac, timingSafeEqual } from 'node:crypto';
import { invalid } from '../../../semantics/items/check.ts';

/** Tokens that lead to the next page of one request; they are signed, so that one that was changed is refused. */
export class PageTokens {
  readonly #key: Uint8Array;

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** `request` is what the pages are of; a token of another request is refused. */
  write(request: unknown, position: unknown): string {
    const text = Buffer.from(JSON.stringify(position)).toString('base64url');
    return `${text}.${this.#signature(request, text)}`;
  }

  read(request: unknown, token: string): unknown {
    const [text = '', signature = ''] = token.split('.');
    const expected = Buffer.from(this.#signature(request, text));
    const given = Buffer.from(signature);
    if (expected.length !== given.length || !timingSafeEqual(expected, given))
      throw invalid(
        'pageToken: it is not a token of this request; give nextPageToken as it came, with the same table, conditions and options',
      );
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  }

  #signature(request: unknown, text: string): string {
    return createHmac('sha256', this.#key)
      .update(`${JSON.stringify(request)}\n${text}`)
      .digest('base64url');
  }
}
