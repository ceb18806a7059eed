import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../../../shared/core/clock.ts';
import type { OperationLogLine } from '../../../shared/host.ts';

/** Past this size a file is moved to `<file>.1`, which replaces the one before. */
const ROTATE_AT_BYTES = 5 * 1024 * 1024;
/** How many bytes of one call are kept. */
const MOST_OF_A_CALL = 1024 * 1024;

/** What the operations of an application write: a file each, a line of JSON for each line of text. */
export class OperationLogs {
  readonly #directory: string;
  readonly #clock: Clock;
  /** Bytes that the calls under way have written. */
  readonly #written = new Map<string, number>();

  constructor(directory: string, clock: Clock) {
    this.#directory = directory;
    this.#clock = clock;
  }

  /** A call begins; what an earlier one under the same id wrote does not count against it. */
  begin(requestId: string): void {
    this.#written.set(requestId, 0);
  }

  /** A call has ended. */
  end(requestId: string): void {
    this.#written.delete(requestId);
  }

  write(operation: string, line: Omit<OperationLogLine, 'time'>): void {
    const before = this.#written.get(line.requestId) ?? 0;
    if (before > MOST_OF_A_CALL) return;
    const after = before + Buffer.byteLength(line.message) + 1;
    if (this.#written.has(line.requestId)) this.#written.set(line.requestId, after);
    const message =
      after > MOST_OF_A_CALL ? `what this call writes beyond ${MOST_OF_A_CALL} bytes is not kept` : line.message;
    this.#append(this.#file(operation), { time: this.#clock.now().toISOString(), ...line, message });
  }

  /** The last lines of an operation, oldest first. */
  read(operation: string, { since, limit }: { since?: string; limit: number }): OperationLogLine[] {
    const file = this.#file(operation);
    const lines = [`${file}.1`, file]
      .filter((each) => existsSync(each))
      .flatMap((each) => readFileSync(each, 'utf8').split('\n').flatMap(parsed));
    return lines.filter(({ time }) => since === undefined || time >= since).slice(-limit);
  }

  #append(file: string, line: OperationLogLine): void {
    try {
      mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
      appendFileSync(file, `${JSON.stringify(line)}\n`, { mode: 0o600 });
      if (statSync(file).size > ROTATE_AT_BYTES) renameSync(file, `${file}.1`);
    } catch (error) {
      // A full disk must not fail the call.
      process.emitWarning(`the log ${file} cannot be written: ${(error as Error).message}`);
    }
  }

  #file(operation: string): string {
    return join(this.#directory, `${operation}.log`);
  }
}

/** A line that a crash has cut is left out. */
function parsed(line: string): OperationLogLine[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}
