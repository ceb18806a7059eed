import { describe, expect, test } from '@jest/globals';
import { ago, lengthText, parseSince } from '../../cli/times.ts';

const now = new Date('2026-01-31T12:00:00Z');

describe('a time since when', () => {
  test.each([
    ['90s', '2026-01-31T11:58:30Z'],
    ['10m', '2026-01-31T11:50:00Z'],
    ['2h', '2026-01-31T10:00:00Z'],
    ['1d', '2026-01-30T12:00:00Z'],
    ['PT1H', '2026-01-31T11:00:00Z'],
    ['2026-01-31T08:00:00+01:00', '2026-01-31T07:00:00Z'],
  ])('%s', (text, time) => {
    expect(parseSince(text, now)).toEqual(new Date(time));
  });

  test.each(['10', 'm', '10 minutes', '-5m', 'yesterday', '2026-13-45', 'P1Y', ''])('"%s" is refused', (text) => {
    expect(() => parseSince(text, now)).toThrow(`"${text}" is not a time`);
  });
});

test('a time that has passed is told in its largest unit', () => {
  const before = (milliseconds: number): string => ago(new Date(now.getTime() - milliseconds), now);
  expect([0, 59_999, 60_000, 7_200_000, 172_800_000].map(before)).toEqual([
    '0s ago',
    '59s ago',
    '1m ago',
    '2h ago',
    '2d ago',
  ]);
});

test('a length of time is told as precisely as it matters', () => {
  expect([5, 999, 1_250, 61_000, 7_500_000].map(lengthText)).toEqual(['5 ms', '999 ms', '1.3 s', '1 m 1 s', '2 h 5 m']);
});
