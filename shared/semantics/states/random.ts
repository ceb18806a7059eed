import { createHash, createHmac } from 'node:crypto';

/**
 * Random values that are the same on every replay: each is derived from the execution's seed, the place that asks, and how often it
 * has asked before. Nothing needs to be recorded for them.
 */
export class SeededRandom {
  readonly #seed: string;
  readonly #place: string;
  #asked = 0;

  constructor(seed: string, place: string) {
    this.#seed = seed;
    this.#place = place;
  }

  /** The next number in [0, 1). */
  number(): number {
    return unit(this.#next());
  }

  /** The next version 4 UUID. */
  uuid(): string {
    const bytes = this.#next().subarray(0, 16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    const hex = bytes.toString('hex');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  }

  #next(): Buffer {
    this.#asked += 1;
    return createHash('sha256').update(`${this.#seed}\n${this.#place}\n${this.#asked}`).digest();
  }
}

/** The task token of one attempt; nobody can guess it who does not know the execution's seed. */
export function taskTokenOf(seed: string, key: string): string {
  return createHmac('sha256', seed).update(`task token\n${key}`).digest('base64url');
}

const unit = (bytes: Buffer): number => bytes.readUIntBE(0, 6) / 2 ** 48;
