import { expect, test } from '@jest/globals';
import { joinLoops, visitsOf } from '../../cli/executions.ts';
import type { Json } from '../../shared/core/codecs.ts';

const at = (second: number): string => `2026-01-01T00:00:0${second}.000Z`;
const time = (second: number): Date => new Date(at(second));

function event(id: number, previousEventId: number, type: string, details: object = {}): Json {
  return { id, previousEventId, timestamp: at(id), type, ...details };
}
const entered = (name: string): object => ({ stateEnteredEventDetails: { name } });

test('a state that failed keeps the error, and the one that caught it follows', () => {
  const history = [
    event(1, 0, 'ExecutionStarted'),
    event(2, 1, 'TaskStateEntered', entered('Scale')),
    event(3, 2, 'TaskFailed', { taskFailedEventDetails: { error: 'Unavailable', cause: 'no room' } }),
    event(4, 3, 'TaskStateExited'),
    event(5, 4, 'FailStateEntered', entered('GiveUp')),
    event(6, 5, 'ExecutionFailed', { executionFailedEventDetails: { error: 'Other' } }),
  ];
  expect(visitsOf(history)).toEqual([
    { state: 'Scale', enteredAt: time(2), exitedAt: time(4), error: 'Unavailable', cause: 'no room' },
    { state: 'GiveUp', enteredAt: time(5) },
  ]);
});

test('states of parallel branches end each at their own time', () => {
  const history = [
    event(1, 0, 'PassStateEntered', entered('Left')),
    event(2, 0, 'PassStateEntered', entered('Right')),
    event(3, 1, 'PassStateExited'),
    event(4, 2, 'PassStateExited'),
  ];
  expect(visitsOf(history)).toEqual([
    { state: 'Left', enteredAt: time(1), exitedAt: time(3) },
    { state: 'Right', enteredAt: time(2), exitedAt: time(4) },
  ]);
});

test('turns of a loop are told once, with how often it went round and how long it took in all', () => {
  const visit = (state: string, second: number) => ({ state, enteredAt: time(second), exitedAt: time(second + 1) });
  const states = ['Scale', 'Check', 'Wait', 'Check', 'Wait', 'Check', 'Done'];
  const rows = joinLoops(states.map((state, second) => visit(state, second)));
  expect(rows.map(({ state, times, took }) => [state, times, took])).toEqual([
    ['Scale', 1, 1000],
    ['Check', 2, 2000],
    ['Wait', 2, 2000],
    ['Check', 1, 1000],
    ['Done', 1, 1000],
  ]);
});

test('a turn that failed is told by itself', () => {
  const visits = [
    { state: 'Check', enteredAt: time(1), exitedAt: time(2) },
    { state: 'Check', enteredAt: time(2), exitedAt: time(3), error: 'Unavailable' },
  ];
  expect(joinLoops(visits)).toHaveLength(2);
});
