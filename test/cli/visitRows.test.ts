import { describe, expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import { visitRows } from '../../cli/visitRows.ts';
import type { StateVisit } from '../../cli/visits.ts';

const paint = picocolors.createColors(false);
const enteredAt = new Date('2026-01-01T00:00:00Z');
const exitedAt = new Date('2026-01-01T00:00:02Z');
const done = (state: string, more: Partial<StateVisit> = {}): StateVisit => ({
  state,
  type: 'Task',
  enteredAt,
  exitedAt,
  ...more,
});

const shown = (visits: StateVisit[], running = false): string[] =>
  visitRows(visits, running, paint).map(([, ...cells]) => cells.filter(Boolean).join(' | '));

describe('the states of an execution, for people', () => {
  test('say how each went, how long it took, how often it was tried, and why it failed', () => {
    const { exitedAt: _, ...open } = done('Cut');
    expect(
      shown([
        done('Copy', { attempts: 3, error: 'Throttled', cause: 'slow down' }),
        { ...open, error: 'Boom', cause: 'no\n\u001b[31mmore' },
      ]),
    ).toEqual(['! Copy | 2.0 s | 3 attempts  Throttled slow down', '✗ Cut | Boom no more']);
    expect(shown([open], true)).toEqual(['▸ Cut']);
  });

  test('stand indented below the state around them', () => {
    const branches = [
      { kind: 'branch' as const, index: 0, visits: [done('Left')] },
      { kind: 'branch' as const, index: 1, visits: [done('Right')] },
    ];
    expect(shown([done('Both', { branches }), done('After')])).toEqual([
      '✓ Both | 2.0 s',
      '  branch 0',
      '    ✓ Left | 2.0 s',
      '  branch 1',
      '    ✓ Right | 2.0 s',
      '✓ After | 2.0 s',
    ]);
  });

  test('fold more than ten items of a Map, and never those that failed', () => {
    const branches = Array.from({ length: 30 }, (_, index) => ({
      kind: 'item' as const,
      index,
      visits: [done('One', index === 25 ? { error: 'Boom' } : {})],
    }));
    const rows = shown([done('Each', { branches })]);
    expect(rows.filter((row) => /item \d+/.test(row)).map((row) => row.trim())).toEqual(
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 25].map((index) => `item ${index}`),
    );
    expect(rows.at(-1)).toBe('  … and 20 more items');
  });
});
