import {
  closeSync,
  createReadStream,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { DatabaseSync } from 'node:sqlite';
import type { LogLine } from '../../../types/logging.ts';
import type { LogRequest } from '../port.ts';

const STREAMS = ['stdout', 'stderr'] as const;
type Stream = (typeof STREAMS)[number];

/** Past this size a log file is moved to `<file>.1`, which replaces the one before. */
const ROTATE_AT_BYTES = 10 * 1024 * 1024;

/**
 * The log files of replicas. A replica writes its own file, so that it survives the host; the host notes now and then how far each file had
 * grown (a mark), which is where the time of a line comes from.
 */
export class ReplicaLogs {
  readonly #directory: string;
  readonly #marks: DatabaseSync;
  readonly #seen = new Map<string, number>();

  constructor(directory: string, marks: DatabaseSync) {
    this.#directory = directory;
    this.#marks = marks;
    marks.exec(
      'create table if not exists log_marks (file text not null, size integer not null, time integer not null, primary key (file, size)) strict',
    );
  }

  /** The two files that a replica writes. */
  files(deployment: string, revision: string, replica: string): Record<Stream, string> {
    const at = (stream: Stream): string => join(this.#directory, deployment, revision, `${replica}.${stream}.log`);
    return { stdout: at('stdout'), stderr: at('stderr') };
  }

  /** Notes the size of each file that grew, and rotates what has become too large. */
  mark(now: Date): void {
    for (const { file } of this.#all()) {
      const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
      if (size === (this.#seen.get(file) ?? 0)) continue;
      this.#marks.prepare('insert or ignore into log_marks values (?, ?, ?)').run(file, size, now.getTime());
      this.#seen.set(file, size);
      if (size > ROTATE_AT_BYTES) this.#rotate(file);
    }
  }

  /** The lines of a deployment's replicas, oldest first. */
  async read(deployment: string, { since, revision, limit }: LogRequest): Promise<LogLine[]> {
    const lines: LogLine[] = [];
    for (const log of this.#all(deployment)) {
      if (revision !== undefined && log.revision !== revision) continue;
      for (const file of [`${log.file}.1`, log.file]) {
        for await (const { text, timestamp } of this.#lines(file)) {
          if (since && timestamp < since) continue;
          lines.push({ timestamp, message: text, stream: log.stream, revision: log.revision, replica: log.replica });
        }
      }
    }
    lines.sort((a, b) => a.timestamp.getTime() - b.timestamp.getTime());
    return limit === undefined ? lines : lines.slice(Math.max(0, lines.length - limit));
  }

  /** Forgets what the replicas of a deployment wrote. */
  remove(deployment: string): void {
    for (const { file } of this.#all(deployment)) {
      this.#marks.prepare('delete from log_marks where file = ? or file = ?').run(file, `${file}.1`);
      this.#seen.delete(file);
    }
    rmSync(join(this.#directory, deployment), { recursive: true, force: true });
  }

  /** The last lines that a replica wrote, for the reason of a failure. */
  tail(deployment: string, revision: string, replica: string, count: number): string[] {
    const files = this.files(deployment, revision, replica);
    return STREAMS.flatMap((stream) => (existsSync(files[stream]) ? lastLines(files[stream], count) : [])).slice(
      -count,
    );
  }

  async *#lines(file: string): AsyncIterable<{ text: string; timestamp: Date }> {
    if (!existsSync(file)) return;
    const marks = this.#marks.prepare('select size, time from log_marks where file = ? order by size').all(file) as {
      size: number;
      time: number;
    }[];
    let offset = 0;
    let mark = 0;
    for await (const text of createInterface({ input: createReadStream(file) })) {
      offset += Buffer.byteLength(text) + 1;
      while (mark < marks.length && marks[mark]!.size < offset) mark++;
      yield { text, timestamp: new Date(marks[mark]?.time ?? statSync(file).mtimeMs) };
    }
  }

  #all(only?: string): { deployment: string; revision: string; replica: string; stream: Stream; file: string }[] {
    if (!existsSync(this.#directory)) return [];
    return readdirSync(this.#directory, { recursive: true, withFileTypes: true }).flatMap((entry) => {
      const match = entry.isFile() && /^(.+)\.(stdout|stderr)\.log$/.exec(entry.name);
      if (!match) return [];
      const [deployment, revision] = entry.parentPath.split('/').slice(-2) as [string, string];
      if (only !== undefined && deployment !== only) return [];
      return [
        {
          deployment,
          revision,
          replica: match[1]!,
          stream: match[2] as Stream,
          file: join(entry.parentPath, entry.name),
        },
      ];
    });
  }

  #rotate(file: string): void {
    copyThenTruncate(file, `${file}.1`);
    this.#marks.prepare('delete from log_marks where file = ?').run(`${file}.1`);
    this.#marks.prepare('update log_marks set file = ? where file = ?').run(`${file}.1`, file);
    this.#seen.delete(file);
  }
}

/** Copies until the writer has nothing new, so that only what it writes in the instant before the cut can be lost. */
export function copyThenTruncate(file: string, copy: string): void {
  const from = openSync(file, 'r');
  const to = openSync(copy, 'w', 0o600);
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  try {
    for (let read = readSync(from, buffer); read > 0; read = readSync(from, buffer)) writeSync(to, buffer, 0, read);
    truncateSync(file);
  } finally {
    closeSync(from);
    closeSync(to);
  }
}

function lastLines(file: string, count: number): string[] {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).filter(Boolean);
}
