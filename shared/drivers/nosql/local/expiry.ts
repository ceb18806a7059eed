import type { Clock } from '../../../core/clock.ts';

/** How long to wait after a round that failed, because the disk is full say. */
const PAUSE = 60_000;

export interface ExpiryOptions {
  clock: Clock;
  /** Deletes what has expired, or a part of it; resolves to the time at which more will have. */
  sweep(): Promise<number | undefined>;
}

/** Wakes when the next item expires. */
export class Expiry {
  readonly #options: ExpiryOptions;
  #due: number | undefined;
  #cancel: (() => void) | undefined;
  #round: Promise<void> | undefined;
  #closed = false;

  constructor(options: ExpiryOptions) {
    this.#options = options;
  }

  /** Says that something expires at a time. */
  expect(time: number): void {
    if (this.#closed || (this.#due !== undefined && this.#due <= time)) return;
    this.#cancel?.();
    this.#due = time;
    // The farthest time that a Date can hold.
    const at = new Date(Math.min(Math.max(time, 0), 8.64e15));
    this.#cancel = this.#options.clock.at(at, () => {
      this.#due = undefined;
      this.#round = this.#sweep();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#round;
  }

  async #sweep(): Promise<void> {
    try {
      const next = await this.#options.sweep();
      if (next !== undefined) this.expect(next);
    } catch {
      this.expect(this.#options.clock.now().getTime() + PAUSE);
    }
  }
}
