import { describe, expect, jest, test } from '@jest/globals';
import { sleep, systemClock, VirtualClock } from '../../../shared/core/clock.ts';

const at = (milliseconds: number): Date => new Date(milliseconds);

describe('a virtual clock', () => {
  test('stands still until it is turned', async () => {
    const clock = new VirtualClock(at(1_000));
    expect(clock.now()).toEqual(at(1_000));
    await clock.advance(500);
    expect(clock.now()).toEqual(at(1_500));
    await clock.advanceTo(at(3_000));
    expect(clock.now()).toEqual(at(3_000));
  });

  test('never goes back', async () => {
    const clock = new VirtualClock(1_000);
    await clock.advanceTo(at(500));
    expect(clock.now()).toEqual(at(1_000));
  });

  test('fires what falls due in the order of time, each at its own time, and nothing that does not', async () => {
    const clock = new VirtualClock();
    const fired: [string, number][] = [];
    for (const [name, time] of [
      ['late', 300],
      ['early', 100],
      ['middle', 200],
      ['never', 301],
    ] as const) {
      clock.at(at(time), () => fired.push([name, clock.now().getTime()]));
    }
    await clock.advance(300);
    expect(fired).toEqual([
      ['early', 100],
      ['middle', 200],
      ['late', 300],
    ]);
    expect(clock.next()).toEqual(at(301));
  });

  test('fires timers of the same time in the order in which they were set', async () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    for (const number of [1, 2, 3]) clock.at(at(100), () => fired.push(number));
    await clock.advance(100);
    expect(fired).toEqual([1, 2, 3]);
  });

  test('fires what is set on the way, when it falls due before the end', async () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    const again = (): void => {
      fired.push(clock.now().getTime());
      clock.at(at(clock.now().getTime() + 100), again);
    };
    clock.at(at(100), again);
    await clock.advance(350);
    expect(fired).toEqual([100, 200, 300]);
  });

  test('fires at once, but not within the call, when the time has passed', async () => {
    const clock = new VirtualClock(1_000);
    const action = jest.fn();
    clock.at(at(999), action);
    expect(action).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(action).toHaveBeenCalledTimes(1);
    await clock.advance(1);
    expect(action).toHaveBeenCalledTimes(1);
  });

  test('does not fire what was cancelled, also when the time has passed', async () => {
    const clock = new VirtualClock(1_000);
    const action = jest.fn();
    clock.at(at(2_000), action)();
    clock.at(at(500), action)();
    await clock.advance(5_000);
    expect(action).not.toHaveBeenCalled();
    expect(clock.next()).toBeUndefined();
  });

  test('lets a sleeper go on when its time has come', async () => {
    const clock = new VirtualClock();
    const woken = jest.fn();
    const sleeping = sleep(clock, 100).then(woken);
    await clock.advance(99);
    expect(woken).not.toHaveBeenCalled();
    await clock.advance(1);
    await sleeping;
    expect(woken).toHaveBeenCalledTimes(1);
  });
});

describe('the clock of the machine', () => {
  test('tells the time', () => {
    const before = Date.now();
    expect(systemClock.now().getTime()).toBeGreaterThanOrEqual(before);
    expect(systemClock.now().getTime()).toBeLessThanOrEqual(Date.now());
  });

  test('fires once the time has come, and at once when it has passed', async () => {
    const due = Date.now() + 20;
    await new Promise<void>((resolve) => systemClock.at(at(due), resolve));
    expect(Date.now()).toBeGreaterThanOrEqual(due - 1);
    await new Promise<void>((resolve) => systemClock.at(at(0), resolve));
  });

  test('can wait for longer than a timer of the system, and be cancelled', async () => {
    jest.useFakeTimers();
    const action = jest.fn();
    const YEAR = 365 * 86_400_000;
    systemClock.at(at(Date.now() + YEAR), action);
    const cancel = systemClock.at(at(Date.now() + YEAR), action);
    jest.advanceTimersByTime(YEAR - 1);
    expect(action).not.toHaveBeenCalled();
    cancel();
    jest.advanceTimersByTime(1);
    expect(action).toHaveBeenCalledTimes(1);
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });
});
