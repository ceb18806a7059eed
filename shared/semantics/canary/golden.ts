import type { AnalysisMetric, GoldenRequest } from '../../types/deploy.ts';
import type { Measurement } from './measurement.ts';
import { count, milliseconds, unlike } from './wording.ts';

/** What came back for one golden request. */
export type GoldenAnswer = { status: number; body: unknown; milliseconds: number } | { error: string };

/** Whether one golden request was answered as expected: status, latency, and the body as far as it is listed. */
export function compareGolden(expected: GoldenRequest, actual: GoldenAnswer): Measurement {
  const request = `${expected.method} ${expected.path}`;
  if ('error' in actual) return { outcome: 'Error', reason: `${request} got no answer: ${actual.error}` };
  const wrong = difference(expected, actual);
  if (wrong) return { outcome: 'Failed', reason: `${request}: ${wrong}` };
  return {
    outcome: 'Successful',
    reason: `${request} was answered as expected in ${milliseconds(actual.milliseconds)}`,
  };
}

/** One measurement of a probe from the answers to its requests; its value is the number of wrong answers. */
export function measureProbe(
  { requests }: Extract<AnalysisMetric, { kind: 'Probe' }>,
  answers: readonly GoldenAnswer[],
): Measurement {
  const results = requests.map((request, index) =>
    compareGolden(request, answers[index] ?? { error: 'it was not sent' }),
  );
  const failed = results.filter(({ outcome }) => outcome === 'Failed');
  const errors = results.filter(({ outcome }) => outcome === 'Error');
  const all = count(requests.length, 'golden request');
  if (failed.length) {
    const reason = `${failed.length} of ${all} got a wrong answer, first ${failed[0]!.reason}`;
    return { outcome: 'Failed', value: failed.length, reason };
  }
  if (errors.length) {
    return { outcome: 'Error', reason: `${errors.length} of ${all} got no answer, first ${errors[0]!.reason}` };
  }
  return { outcome: 'Successful', value: 0, reason: `${all} answered as expected` };
}

function difference(
  { expectStatus, expectBody, tolerance, maxLatency }: GoldenRequest,
  actual: Exclude<GoldenAnswer, { error: string }>,
): string | undefined {
  if (actual.status !== expectStatus) return `expected status ${expectStatus} and got ${actual.status}`;
  if (expectBody !== undefined) {
    const wrong = mismatch(expectBody, actual.body, tolerance, '$');
    if (wrong) return wrong;
  }
  if (maxLatency && actual.milliseconds > maxLatency.milliseconds) {
    const [time, bound] = unlike(actual.milliseconds, maxLatency.milliseconds, milliseconds);
    return `the answer took ${time}, and ${bound} are allowed`;
  }
  return undefined;
}

// The expected value is a subset: an object's listed keys, an array's every element, numbers within the tolerance.
function mismatch(expected: unknown, actual: unknown, tolerance: number, path: string): string | undefined {
  if (typeof expected === 'number' && typeof actual === 'number') {
    if (Math.abs(expected - actual) <= tolerance) return undefined;
    return `${path}: expected ${expected} (± ${tolerance}) and got ${actual}`;
  }
  if (Array.isArray(expected) && Array.isArray(actual)) return arrayMismatch(expected, actual, tolerance, path);
  if (isObject(expected) && isObject(actual)) return objectMismatch(expected, actual, tolerance, path);
  return expected === actual ? undefined : `${path}: expected ${show(expected)} and got ${show(actual)}`;
}

function arrayMismatch(expected: unknown[], actual: unknown[], tolerance: number, path: string): string | undefined {
  if (expected.length !== actual.length) {
    return `${path}: expected ${count(expected.length, 'element')} and got ${actual.length}`;
  }
  for (const [index, value] of expected.entries()) {
    const wrong = mismatch(value, actual[index], tolerance, `${path}[${index}]`);
    if (wrong) return wrong;
  }
  return undefined;
}

function objectMismatch(
  expected: Record<string, unknown>,
  actual: Record<string, unknown>,
  tolerance: number,
  path: string,
): string | undefined {
  for (const [key, value] of Object.entries(expected)) {
    const place = /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
    const found = Object.hasOwn(actual, key) ? actual[key] : undefined;
    const wrong = mismatch(value, found, tolerance, place);
    if (wrong) return wrong;
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
