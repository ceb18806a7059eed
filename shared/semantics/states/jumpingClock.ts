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

const QUIET_MILLISECONDS = 20;

/**
 * Resolves when tasks that are still under way can do nothing more by themselves: the process holds no more sockets, timers, files or
 * children than `atStart`, so nothing of theirs can wake it. A task that waits for something real is given `atMost` milliseconds.
 */
export async function tasksAreStuck(atStart: number, atMost: number, over: () => boolean): Promise<void> {
  const began = performance.now();
  let quietSince = began;
  while (!over() && performance.now() - began < atMost) {
    const held = process.getActiveResourcesInfo().length;
    const now = performance.now();
    if (held > atStart) quietSince = now;
    if (now - quietSince >= QUIET_MILLISECONDS) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
