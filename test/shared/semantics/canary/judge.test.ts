import { describe, expect, test } from '@jest/globals';
import { judge, type Measurement, type Outcome } from '../../../../shared/semantics/canary/index.ts';
import { Analysis } from '../../../../shared/types/deploy.ts';

const LETTERS: Record<string, Outcome> = { s: 'Successful', f: 'Failed', i: 'Inconclusive', e: 'Error' };
const measured = (letter: string): Measurement => ({ outcome: LETTERS[letter]!, value: 1, reason: `said ${letter}` });

/** Judges one metric per text, each letter a measurement: `sse` is two successes and an error. */
function judged(
  texts: string[],
  overrides: Record<string, unknown> = {},
  metricOverrides: Record<string, unknown> = {},
) {
  const metrics = texts.map((_, index) => ({ kind: 'ErrorRate', name: `m${index}`, max: 0.1, ...metricOverrides }));
  const analysis = Analysis.decode({ metrics, ...overrides } as Parameters<typeof Analysis.decode>[0]);
  const rounds = Math.max(...texts.map((text) => text.length));
  const measurements = Array.from({ length: rounds }, (_, round) => texts.map((text) => measured(text[round] ?? 's')));
  return judge({ analysis, measurements });
}

describe('a metric', () => {
  test.each([
    ['s', { count: 1 }, 'Successful'],
    ['', { count: 1 }, 'Running'],
    ['ss', { count: 3 }, 'Running'],
    ['f', { count: 3 }, 'Failed'],
    ['sf', { count: 3, failureLimit: 1 }, 'Running'],
    ['sfs', { count: 3, failureLimit: 1 }, 'Successful'],
    ['ff', { count: 3, failureLimit: 1 }, 'Failed'],
    ['i', { count: 3 }, 'Inconclusive'],
    ['isi', { count: 3, inconclusiveLimit: 1 }, 'Inconclusive'],
    ['iss', { count: 3, inconclusiveLimit: 1 }, 'Successful'],
    ['eeee', { count: 1 }, 'Running'],
    ['eeeee', { count: 1 }, 'Error'],
    ['eeees', { count: 1 }, 'Successful'],
    ['eeeeseeees', { count: 2 }, 'Successful'],
    ['e', { count: 1, consecutiveErrorLimit: 0 }, 'Error'],
    ['ess', { count: 3 }, 'Running'],
  ])('measured as "%s" with %j is %s', (text, limits, phase) => {
    expect(judged([text], limits).phase).toBe(phase);
  });

  test('has limits of its own that go before those of the analysis', () => {
    expect(judged(['fs'], { count: 2 }, { failureLimit: 1 }).phase).toBe('Successful');
  });

  test('is decided once: what is measured after its end changes nothing', () => {
    expect(judged(['sf'], { count: 1 }).phase).toBe('Successful');
    expect(judged(['is'], { count: 1 }).metrics[0]).toMatchObject({ phase: 'Inconclusive', counts: { Successful: 0 } });
  });
});

describe('an analysis', () => {
  test.each([
    [['s', 's'], 'Successful'],
    [['s', 'i'], 'Inconclusive'],
    [['eeeee', 'i'], 'Error'],
    [['eeeee', 'f'], 'Failed'],
    [['i', 'f'], 'Failed'],
  ])('with metrics measured as %j is the worst of them: %s', (texts, phase) => {
    expect(judged(texts, { count: 1 }).phase).toBe(phase);
  });

  test('ends at once when a metric failed', () => {
    expect(judged(['f', 's'], { count: 3 }).phase).toBe('Failed');
  });

  test('goes on after an inconclusive metric until the others are done, for one of them may yet fail', () => {
    expect(judged(['i', 's'], { count: 2 }).phase).toBe('Running');
    expect(judged(['is', 'sf'], { count: 2 }).phase).toBe('Failed');
    expect(judged(['is', 'ss'], { count: 2 }).phase).toBe('Inconclusive');
  });

  test('gives the reason of the metrics that decided', () => {
    expect(judged(['s', 'f', 'i'], { count: 1 }).reason).toBe('m1: said f');
    expect(judged(['sff'], { count: 5, failureLimit: 1 }).reason).toBe(
      'm0: said f (2 failed measurements, 1 are tolerated)',
    );
    expect(judged(['s'], { count: 2 }).reason).toBe('m0: measured 1 of 2 times; the last one: said s');
  });
});
