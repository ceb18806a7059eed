import { describe, expect, test } from '@jest/globals';
import { compareGolden, type GoldenAnswer, measureProbe } from '../../../../shared/semantics/canary/index.ts';
import { AnalysisMetric, GoldenRequest } from '../../../../shared/types/deploy.ts';

const golden = (fields: Record<string, unknown> = {}) =>
  GoldenRequest.decode({ method: 'POST', path: '/infer', ...fields } as Parameters<typeof GoldenRequest.decode>[0]);
const answer = (body: unknown, status = 200, milliseconds = 12): GoldenAnswer => ({ status, body, milliseconds });

describe('a golden request', () => {
  test.each([
    ['equal', { a: 1 }, { a: 1 }],
    ['a subset of the keys', { a: 1 }, { a: 1, b: 2 }],
    ['nested', { outputs: [{ data: [0.5] }] }, { id: 'x', outputs: [{ name: 'y', data: [0.5] }] }],
    ['within the tolerance', [0.9, 0.1], [0.9009, 0.0991]],
    ['null', { a: null }, { a: null }],
    ['not looked at', undefined, 'whatever'],
  ])('is answered as expected: %s', (_, expectBody, body) => {
    expect(compareGolden(golden({ expectBody }), answer(body)).outcome).toBe('Successful');
  });

  test.each([
    [{ a: 1 }, { b: 1 }, '$.a: expected 1 and got nothing'],
    [
      { outputs: [{ data: [0.9, 0.1] }] },
      { outputs: [{ data: [0.9, 0.3] }] },
      '$.outputs[0].data[1]: expected 0.1 (± 0.001) and got 0.3',
    ],
    [[1, 2], [1, 2, 3], '$: expected 2 elements and got 3'],
    [{ 'a b': 'x' }, { 'a b': 'y' }, '$["a b"]: expected "x" and got "y"'],
    [{ a: null }, {}, '$.a: expected null and got nothing'],
    [{ a: 1 }, { a: '1' }, '$.a: expected 1 and got "1"'],
    [{ a: {} }, { a: [] }, '$.a: expected {} and got []'],
    [{ toString: 1 }, {}, '$.toString: expected 1 and got nothing'],
  ])('that expects %j and gets %j has failed, and says where', (expectBody, body, reason) => {
    expect(compareGolden(golden({ expectBody }), answer(body))).toEqual({
      outcome: 'Failed',
      reason: `POST /infer: ${reason}`,
    });
  });

  test('with another status has failed', () => {
    expect(compareGolden(golden(), answer('', 503)).reason).toBe('POST /infer: expected status 200 and got 503');
  });

  test('that takes longer than allowed has failed', () => {
    const slow = compareGolden(golden({ maxLatency: 'PT0.1S' }), answer('', 200, 412));
    expect(slow).toEqual({ outcome: 'Failed', reason: 'POST /infer: the answer took 412 ms, and 100 ms are allowed' });
  });

  test('without an answer is an error', () => {
    expect(compareGolden(golden(), { error: 'connection refused' })).toEqual({
      outcome: 'Error',
      reason: 'POST /infer got no answer: connection refused',
    });
  });
});

describe('a probe', () => {
  const requests = [1, 2, 3].map((value) => ({ method: 'GET', path: `/${value}`, expectBody: value }));
  const probe = AnalysisMetric.decode({ kind: 'Probe', name: 'golden', requests } as never);
  const measured = (answers: GoldenAnswer[]) =>
    measureProbe(probe as Extract<AnalysisMetric, { kind: 'Probe' }>, answers);

  test('is successful when every answer is right', () => {
    expect(measured([answer(1), answer(2), answer(3)])).toMatchObject({ outcome: 'Successful', value: 0 });
  });

  test('has failed with one wrong answer, even when another got none', () => {
    expect(measured([{ error: 'timeout' }, answer(9), answer(3)])).toEqual({
      outcome: 'Failed',
      value: 1,
      reason: '1 of 3 golden requests got a wrong answer, first GET /2: $: expected 2 (± 0.001) and got 9',
    });
  });

  test('is an error when a request got no answer or was not sent', () => {
    expect(measured([answer(1), { error: 'timeout' }, answer(3)]).outcome).toBe('Error');
    expect(measured([answer(1)]).outcome).toBe('Error');
  });
});
