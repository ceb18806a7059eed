import type { Account } from './accounts.ts';
import type { Address } from './addressing.ts';
import type { Payload } from './payload.ts';
import type { Elements } from './xml.ts';

/** How a request says who makes it. */
export type Authentication = 'anonymous' | 'REST-HEADER' | 'REST-QUERY-STRING' | 'POST';

/** A request to the endpoint, read and known to be who it says it is. */
export interface S3Request extends Address {
  method: string;
  parameters: Parameters;
  /** By lower-case name, as UTF-8 where they are. */
  headers: Record<string, string>;
  /** Undefined for anyone. */
  account: Account | undefined;
  authentication: Authentication;
  payload: Payload;
  id: string;
  time: Date;
  remoteAddress: string;
  /** The scheme and host that it was sent to. */
  origin: string;
}

/** A request about a bucket. */
export type BucketRequest = S3Request & { bucket: string };
/** A request about an object. */
export type ObjectRequest = BucketRequest & { key: string };

/** The parameters of a query; of one that comes several times the first counts. */
export class Parameters {
  readonly pairs: readonly (readonly [string, string])[];
  readonly #values = new Map<string, string>();

  constructor(pairs: readonly (readonly [string, string])[]) {
    this.pairs = pairs;
    for (const [name, value] of pairs) if (!this.#values.has(name)) this.#values.set(name, value);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }
}

/** What the endpoint answers. */
export interface Answer {
  status?: number;
  headers?: Record<string, string | undefined>;
  /** A document of XML by its root, other text, or content that is sent as it is read. */
  body?: { root: string; content: Elements; namespace?: string | undefined } | string | ReadableStream<Uint8Array>;
}
