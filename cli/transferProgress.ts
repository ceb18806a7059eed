import { byteText } from './byteText.ts';
import { lengthText } from './times.ts';

/** Smaller transfers are done before one could read about them. */
const WORTH_SHOWING = 16 * 1024 * 1024;
const WIDTH = 20;
const EVERY = 100;

/** Tells on one line of the terminal how far a transfer is; elsewhere it is silent. */
export class TransferProgress {
  readonly #what: string;
  readonly #size: number | undefined;
  readonly #stream: NodeJS.WriteStream;
  readonly #startedAt = performance.now();
  #shownAt = 0;
  #shown = false;

  constructor(what: string, size: number | undefined, stream: NodeJS.WriteStream = process.stderr) {
    this.#what = what;
    this.#size = size;
    this.#stream = stream;
  }

  /** So many bytes have been transferred. */
  report(bytes: number): void {
    const now = performance.now();
    if (!this.#stream.isTTY || (this.#size ?? bytes) < WORTH_SHOWING || now - this.#shownAt < EVERY) return;
    this.#shownAt = now;
    this.#shown = true;
    this.#stream.write(`\r\u001b[K${progressLine(this.#what, bytes, this.#size, now - this.#startedAt)}`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#shown) this.#stream.write('\r\u001b[K');
  }
}

/** How far a transfer is after so many milliseconds: a bar, bytes, speed, and the time that is left. */
export function progressLine(what: string, bytes: number, size: number | undefined, elapsed: number): string {
  const speed = elapsed > 0 ? (bytes / elapsed) * 1000 : 0;
  const rate = `${byteText(speed)}/s`;
  if (size === undefined) return `${what}  ${byteText(bytes)}  ${rate}`;
  const full = Math.round((Math.min(bytes, size) / Math.max(size, 1)) * WIDTH);
  const bar = '█'.repeat(full) + '░'.repeat(WIDTH - full);
  const left = speed > 0 ? `  ${lengthText(((size - bytes) / speed) * 1000)} left` : '';
  return `${what}  ${bar}  ${byteText(bytes)} of ${byteText(size)}  ${rate}${left}`;
}
