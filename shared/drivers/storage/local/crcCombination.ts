import type { ChecksumAlgorithm } from '../port.ts';

/** A cyclic redundancy check that can be computed of a whole from those of its parts. */
export type Crc = Extract<ChecksumAlgorithm, 'CRC32' | 'CRC32C' | 'CRC64NVME'>;

export const isCrc = (algorithm: ChecksumAlgorithm): algorithm is Crc => algorithm.startsWith('CRC');

/** Width in bits, and the polynomial with its bits reversed, as these three are computed. */
const POLYNOMIALS: Record<Crc, { width: bigint; polynomial: bigint }> = {
  CRC32: { width: 32n, polynomial: 0xedb88320n },
  CRC32C: { width: 32n, polynomial: 0x82f63b78n },
  CRC64NVME: { width: 64n, polynomial: 0x9a6c9329ac4bc9b5n },
};

/**
 * The check of parts that follow each other, as base64. To append n bytes multiplies the check before them by x^8n, modulo the polynomial;
 * the check of the n bytes themselves is then added.
 */
export function combineCrcs(algorithm: Crc, parts: { checksum: string; size: number }[]): string {
  const { width } = POLYNOMIALS[algorithm];
  const powers = new Map<number, bigint>();
  let whole = 0n;
  for (const { checksum, size } of parts) {
    // Nearly all parts of an upload have the same size.
    const power = powers.get(size) ?? xToThe(algorithm, 8n * BigInt(size));
    powers.set(size, power);
    whole = multiply(algorithm, power, whole) ^ BigInt(`0x${Buffer.from(checksum, 'base64').toString('hex')}`);
  }
  return Buffer.from(whole.toString(16).padStart(Number(width) / 4, '0'), 'hex').toString('base64');
}

/** The product of two polynomials with reversed bits, modulo that of the algorithm. */
function multiply(algorithm: Crc, a: bigint, b: bigint): bigint {
  const { width, polynomial } = POLYNOMIALS[algorithm];
  let product = 0n;
  for (let bit = 1n << (width - 1n); bit > 0n; bit >>= 1n) {
    if (a & bit) product ^= b;
    b = b & 1n ? (b >> 1n) ^ polynomial : b >> 1n;
  }
  return product;
}

function xToThe(algorithm: Crc, exponent: bigint): bigint {
  const { width } = POLYNOMIALS[algorithm];
  let power = 1n << (width - 1n);
  let square = 1n << (width - 2n);
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) power = multiply(algorithm, power, square);
    square = multiply(algorithm, square, square);
  }
  return power;
}
