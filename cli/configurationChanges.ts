import { relative } from 'node:path';
import type { ConfigurationChange } from '../shared/host.ts';
import { printableLine } from './plainText.ts';

const SIGN = { added: '+', removed: '-', changed: '~' };
const PATHS_SHOWN = 5;

/** A change of the configuration as one line: `~ schedule nightly: /on/expression`. */
export function changeText({ kind, name, change, paths = [], pending }: ConfigurationChange): string {
  const shown = kind === 'file' ? relative(process.cwd(), name) : name;
  const where = kind === 'file' ? [] : paths.slice(0, PATHS_SHOWN).map((path) => path || 'all of it');
  if (kind !== 'file' && paths.length > PATHS_SHOWN) where.push(`and ${paths.length - PATHS_SHOWN} more`);
  const notes = [
    ...(where.length ? [where.join(', ')] : []),
    ...(pending ? [`${pending} pending deliveries become dead letters`] : []),
  ];
  return printableLine(`${SIGN[change]} ${kind} ${shown}${notes.length ? `: ${notes.join('; ')}` : ''}`);
}
