import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import type { ChecksumAlgorithm } from '../port.ts';

/** What is computed of content while it passes by; the result has the most significant byte first. */
export interface Digest {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array | Promise<Uint8Array>;
}

interface NativeDigest extends Digest {
  digest(): Uint8Array;
}

/** Computes MD5, or one of the checksums that S3 knows. */
export async function digestOf(algorithm: ChecksumAlgorithm | 'MD5'): Promise<Digest> {
  if (algorithm !== 'CRC64NVME') return nativeDigest(algorithm);
  const { Crc64Nvme } = await import('@aws-sdk/crc64-nvme');
  return new Crc64Nvme();
}

/** Those that are computed by native code, at once. */
export function nativeDigest(algorithm: Exclude<ChecksumAlgorithm, 'CRC64NVME'> | 'MD5'): NativeDigest {
  if (algorithm === 'CRC32') return new Crc(crc32);
  if (algorithm === 'CRC32C') return new Crc(crc32c);
  return createHash(algorithm.toLowerCase());
}

class Crc implements Digest {
  readonly #step: (bytes: Uint8Array, before: number) => number;
  #value = 0;

  constructor(step: (bytes: Uint8Array, before: number) => number) {
    this.#step = step;
  }

  update(bytes: Uint8Array): void {
    this.#value = this.#step(bytes, this.#value);
  }

  digest(): Uint8Array {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(this.#value >>> 0);
    return bytes;
  }
}

const BYTES: Record<ChecksumAlgorithm, number> = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 };

/** Whether a text can be a checksum at all: base64 of as many bytes as the algorithm has. */
export function isChecksum(algorithm: ChecksumAlgorithm | 'MD5', value: string): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === (algorithm === 'MD5' ? 16 : BYTES[algorithm]) && bytes.toString('base64') === value;
}
