import type { Resource } from '../../../types/deploy.ts';

const BYTES = { Bytes: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 } as const;

/** The most memory that a replica may use, in bytes; no limit where no maximum is given. */
export function memoryLimitOf({ max, units }: Resource): number | undefined {
  if (units.kind !== 'Memory' || max === undefined) return undefined;
  return max * BYTES[units.unit];
}

/** The reserved processor time of a replica, in cores. */
export function coresOf({ min, units }: Resource): number {
  if (units.kind !== 'CPU') return 1;
  return units.unit === 'Cores' ? min : min / 1000;
}
