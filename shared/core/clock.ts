/** The time and the timers that everything of ours uses, so that a test can turn them. */
export interface Clock {
  now(): Date;
  /** Calls `action` once at `time`, at once when it has passed; the answer cancels it. */
  at(time: Date, action: () => void): () => void;
}

const LONGEST_TIMEOUT = 2 ** 31 - 1;

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => new Date(),
  at(time, action) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const left = time.getTime() - Date.now();
      timer = left > LONGEST_TIMEOUT ? setTimeout(arm, LONGEST_TIMEOUT) : setTimeout(action, Math.max(0, left));
    };
    arm();
    return () => clearTimeout(timer);
  },
};

/** Resolves after `milliseconds` on the given clock. */
export function sleep(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => clock.at(new Date(clock.now().getTime() + milliseconds), resolve));
}

/** A clock that stands still until it is turned: `advance` fires what falls due, in order. */
export class VirtualClock implements Clock {
  #now: number;
  #timers = new Set<{ time: number; action: () => void }>();

  constructor(start: Date | number = 0) {
    this.#now = Number(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  at(time: Date, action: () => void): () => void {
    const timer = { time: time.getTime(), action };
    this.#timers.add(timer);
    if (timer.time <= this.#now) queueMicrotask(() => this.#fire(timer));
    return () => this.#timers.delete(timer);
  }

  /** When the next timer falls due, or undefined when there is none. */
  next(): Date | undefined {
    const times = [...this.#timers].map((timer) => timer.time);
    return times.length ? new Date(Math.min(...times)) : undefined;
  }

  /** Moves the time to `target`, stopping at each timer on the way so that what it starts can set timers of its own. */
  async advanceTo(target: Date): Promise<void> {
    for (let due = this.next(); due && due <= target; due = this.next()) {
      this.#now = Math.max(this.#now, due.getTime());
      const timer = [...this.#timers].find((candidate) => candidate.time <= this.#now);
      if (timer) this.#fire(timer);
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#now = Math.max(this.#now, target.getTime());
  }

  advance(milliseconds: number): Promise<void> {
    return this.advanceTo(new Date(this.#now + milliseconds));
  }

  #fire(timer: { time: number; action: () => void }): void {
    if (this.#timers.delete(timer)) timer.action();
  }
}
