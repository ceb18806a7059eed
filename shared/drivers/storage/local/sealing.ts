import { type CipherGCM, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/**
 * How content is encrypted where it lies: AES-256-GCM in chunks that can each be read and verified without the others.
 *
 * Each segment has a key of its own, so the number of a chunk can be its nonce, and a chunk in another's place does not verify. The
 * segment's key is wrapped together with its size, so that neither a changed size nor chunks that are missing go unnoticed.
 */
export const CHUNK = 128 * 1024;
export const TAG = 16;
const ALGORITHM = 'aes-256-gcm';

export const newKey = (): Buffer => randomBytes(32);

/** How many bytes `size` bytes take when sealed; nothing at all still has a chunk, so that its key is verified. */
export const sealedSize = (size: number): number => size + chunkCount(size) * TAG;

export const chunkCount = (size: number): number => Math.max(1, Math.ceil(size / CHUNK));

/** Seals a segment as its bytes arrive. */
export class Sealer {
  readonly #key: Buffer;
  #cipher: CipherGCM;
  #index = 0;
  #filled = 0;

  constructor(key: Buffer) {
    this.#key = key;
    this.#cipher = createCipheriv(ALGORITHM, key, nonce(0));
  }

  *seal(piece: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < piece.length; ) {
      if (this.#filled === CHUNK) {
        yield this.#endChunk();
        this.#index += 1;
        this.#filled = 0;
        this.#cipher = createCipheriv(ALGORITHM, this.#key, nonce(this.#index));
      }
      const part = piece.subarray(at, at + CHUNK - this.#filled);
      at += part.length;
      this.#filled += part.length;
      yield this.#cipher.update(part);
    }
  }

  /** What remains to be written when all has arrived. */
  end(): Uint8Array {
    return this.#endChunk();
  }

  #endChunk(): Uint8Array {
    this.#cipher.final();
    return this.#cipher.getAuthTag();
  }
}

/** The bytes of one sealed chunk; throws when it is not what was sealed there. */
export function openChunk(key: Uint8Array, index: number, sealed: Uint8Array): Uint8Array {
  const decipher = createDecipheriv(ALGORITHM, key, nonce(index), { authTagLength: TAG });
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG));
  const bytes = decipher.update(sealed.subarray(0, sealed.length - TAG));
  decipher.final();
  return bytes;
}

function nonce(index: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32BE(index, 8);
  return bytes;
}

/** A key under another key, bound to what it is for. */
export function wrap(key: Uint8Array, under: Uint8Array, purpose: string): Buffer {
  const start = randomBytes(12);
  const cipher = createCipheriv(ALGORITHM, under, start);
  cipher.setAAD(Buffer.from(purpose));
  return Buffer.concat([start, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
}

/** A key that was wrapped; throws when it was wrapped under another key or for something else. */
export function unwrap(wrapped: Uint8Array, under: Uint8Array, purpose: string): Buffer {
  const decipher = createDecipheriv(ALGORITHM, under, wrapped.subarray(0, 12), { authTagLength: TAG });
  decipher.setAAD(Buffer.from(purpose));
  decipher.setAuthTag(wrapped.subarray(wrapped.length - TAG));
  return Buffer.concat([decipher.update(wrapped.subarray(12, wrapped.length - TAG)), decipher.final()]);
}
