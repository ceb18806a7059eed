import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LogEntry } from '../../../types/database.ts';
import { copyThenTruncate } from '../../deploy/local/logs.ts';
import type { DatabaseLogRequest } from '../port.ts';
import type { Engine } from './engines/engine.ts';

/** Past this size a log is moved to `<file>.1`, which replaces the one before. */
const ROTATE_AT_BYTES = 10 * 1024 * 1024;
/** What belongs to a statement may hold a password that somebody set with it. */
const STATEMENT = /statement:|password/i;

/** The entries of a log in the folders of an instance's servers, the oldest first; a line without a time belongs to the entry before. */
export async function readLog(
  engine: Engine,
  folders: string[],
  { logType, start, end, limit }: DatabaseLogRequest,
): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for (const folder of folders) {
    const file = join(folder, engine.logs[logType]!);
    for (const path of [`${file}.1`, file]) {
      for await (const entry of entriesOf(engine, path)) {
        if (entry.timestamp < start || entry.timestamp > end) continue;
        entries.push(entry);
        // Twice the limit is kept at most, so that a long log does not fill the memory.
        if (limit !== undefined && entries.length > 2 * limit) entries.splice(0, entries.length - limit);
      }
    }
  }
  entries.sort((a, b) => a.timestamp.getTime() - b.timestamp.getTime());
  return limit === undefined ? entries : entries.slice(Math.max(0, entries.length - limit));
}

async function* entriesOf(engine: Engine, file: string): AsyncIterable<LogEntry> {
  if (!existsSync(file)) return;
  let entry: LogEntry | undefined;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const timestamp = engine.timeOf(line);
    if (timestamp || !entry) {
      if (entry) yield entry;
      entry = { timestamp: timestamp ?? statSync(file).birthtime, message: line };
    } else entry.message += `\n${line}`;
  }
  if (entry) yield entry;
}

/** Makes room where a log has become too large. */
export function rotateLogs(engine: Engine, folder: string): void {
  for (const name of new Set(Object.values(engine.logs))) {
    const file = join(folder, name);
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_AT_BYTES) copyThenTruncate(file, `${file}.1`);
  }
}

/** The last lines of a log, for the reason of a failure. */
export function lastLines(file: string, count: number): string[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').filter(Boolean);
  return lines.filter((line) => !STATEMENT.test(line)).slice(-count);
}
