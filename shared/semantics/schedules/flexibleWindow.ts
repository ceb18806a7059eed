import { CloudError } from '../../core/errors.ts';
import { timeOf } from './invalid.ts';
import { MINUTE } from './schedule.ts';

const LONGEST_WINDOW = 1440;

/**
 * When an occurrence with a flexible window is to fire: from its own time on, and less than `windowMinutes` (1 to 1440) later.
 * The same seed, such as the schedule's name, gives the same time for the same occurrence, so that a restart changes nothing.
 */
export function withinWindow(occurrence: Date, windowMinutes: number, seed: string): Date {
  if (!Number.isInteger(windowMinutes) || windowMinutes < 1 || windowMinutes > LONGEST_WINDOW) {
    throw new CloudError(
      'InvalidInput',
      `flexible window: ${windowMinutes} is not a number of minutes from 1 to 1440`,
      {
        details: { windowMinutes },
      },
    );
  }
  const time = timeOf(occurrence, 'occurrence');
  const share = hash(`${seed}\n${time}`) / 2 ** 32;
  return new Date(time + Math.floor(share * windowMinutes * MINUTE));
}

// FNV-1a over the UTF-16 code units, then the finalizer of MurmurHash3 so that neighbouring times differ in all bits.
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
