import type { Clock } from '../../core/clock.ts';

interface Timer {
  time: number;
  action: () => void;
}

/** A clock that stands still while anything runs and jumps to the next timer when nothing does. */
export class JumpingClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(start: number) {
    this.#now = start;
  }

  now(): Date {
    return new Date(this.#now);
  }

  at(time: Date, action: () => void): () => void {
    const timer = { time: time.getTime(), action };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many milliseconds lie before the next timer. */
  get untilNext(): number | undefined {
    const next = this.#next();
    return next && Math.max(0, next.time - this.#now);
  }

  /** Makes it the time of the next timer and fires it; false when there is none. */
  jump(): boolean {
    const next = this.#next();
    if (!next) return false;
    this.#timers.delete(next);
    this.#now = Math.max(this.#now, next.time);
    next.action();
    return true;
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (!first || timer.time < first.time) first = timer;
    return first;
  }
}

const MICROTASKS = 50;
const LONGEST_TIMEOUT = 2 ** 31 - 1;
let ownTimers = 0;

/** How many sockets, timers, files, children and the like the process holds, without the timers that are set here. */
export const resourcesHeld = (): number => process.getActiveResourcesInfo().length - ownTimers;

/** Calls `action` after real milliseconds, never when they are more than a timer can hold; the answer cancels it. */
export function afterReal(milliseconds: number, action: () => void): () => void {
  if (milliseconds > LONGEST_TIMEOUT) return () => {};
  ownTimers += 1;
  let open = true;
  const close = (): void => {
    if (open) ownTimers -= 1;
    open = false;
  };
  const timer = setTimeout(() => {
    close();
    action();
  }, milliseconds);
  return () => {
    clearTimeout(timer);
    close();
  };
}

/**
 * Whether a task that was just called waits for something real: it made the process hold more than it did `before`. Looked at before the
 * event loop turns, so that nothing held by others can have gone in the meantime.
 */
export async function waitsForSomethingReal(before: number): Promise<boolean> {
  for (let i = 0; i < MICROTASKS; i += 1) await undefined;
  return resourcesHeld() > before;
}
