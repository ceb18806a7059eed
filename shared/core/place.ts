import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getCallSites } from 'node:util';

/** Where something is written: the file, and the line that counts from 1. */
export interface Place {
  file: string;
  line: number;
}

// Known to every copy of the package: a project may bring another one than the host that reads its configuration.
const PLACE = Symbol.for('cloudlib.place');

/**
 * Notes on a value which line called the function that makes it, for messages and for whoever has to load that file again. The note is
 * no part of the value: it is neither listed nor copied.
 */
export function placed<T extends object>(value: T): T {
  const PLACED_MAKER_AND_CALLER = 3;
  const caller = getCallSites(PLACED_MAKER_AND_CALLER)[2];
  if (!caller?.scriptName) return value;
  return Object.defineProperty(value, PLACE, { value: { file: fileOf(caller.scriptName), line: caller.lineNumber } });
}

/** Where a value was made; undefined when that is not known. */
export function placeOf(value: unknown): Place | undefined {
  return value && typeof value === 'object' ? (value as { [PLACE]?: Place })[PLACE] : undefined;
}

/** A place as messages show it: `cloudlib.config.ts:12`, with the path from the working folder where it lies below that. */
export function placeText({ file, line }: Place): string {
  const path = relative(process.cwd(), file);
  return `${path.startsWith('..') ? file : path}:${line}`;
}

/** A module's name as a path; what a reload puts behind it does not belong to the file. */
function fileOf(scriptName: string): string {
  if (!scriptName.startsWith('file:')) return scriptName;
  const url = new URL(scriptName);
  url.search = '';
  return fileURLToPath(url);
}
