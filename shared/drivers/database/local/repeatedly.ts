import type { Clock } from '../../../core/clock.ts';

/** Looks again and again, never twice at a time; the answer stops it. */
export function repeatedly(clock: Clock, milliseconds: number, look: () => Promise<void> | void): () => void {
  let cancel: () => void = () => undefined;
  let stopped = false;
  const later = (): void => {
    if (stopped) return;
    cancel = clock.at(new Date(clock.now().getTime() + milliseconds), async () => {
      await look();
      later();
    });
  };
  later();
  return () => {
    stopped = true;
    cancel();
  };
}
