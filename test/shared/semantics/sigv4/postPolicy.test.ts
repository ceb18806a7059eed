import { describe, expect, test } from '@jest/globals';
import {
  checkContentLength,
  checkPostPolicy,
  parsePostPolicy,
  SignatureRefusal,
  signForm,
  verifyForm,
} from '../../../../shared/semantics/sigv4/index.ts';

const NOW = new Date('2026-01-01T00:00:00Z');
const later = '2026-01-01T01:00:00.000Z';

function refused(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof SignatureRefusal) return error.code;
    throw error;
  }
  return 'it was accepted';
}

const policyOf = (conditions: unknown[], expiration = later) =>
  parsePostPolicy(JSON.stringify({ expiration, conditions }));

describe('a policy is refused', () => {
  test.each([
    ['that is no JSON', 'x'],
    ['that is a list', '[]'],
    ['without an expiration', '{"conditions":[]}'],
    ['without conditions', `{"expiration":"${later}"}`],
    ['with an expiration that is no time', '{"expiration":"tomorrow","conditions":[]}'],
    ['with something else in it', `{"expiration":"${later}","conditions":[],"more":1}`],
    ['whose names are in capitals', `{"EXPIRATION":"${later}","CONDITIONS":[]}`],
    ['with an empty condition', `{"expiration":"${later}","conditions":[{}]}`],
    ['with two fields in a condition', `{"expiration":"${later}","conditions":[{"a":"1","b":"2"}]}`],
    ['with an operator that there is not', `{"expiration":"${later}","conditions":[["ends-with","$key","x"]]}`],
    ['with a field that has no $', `{"expiration":"${later}","conditions":[["eq","key","x"]]}`],
    ['with half a range', `{"expiration":"${later}","conditions":[["content-length-range",0]]}`],
    ['with a negative range', `{"expiration":"${later}","conditions":[["content-length-range",-1,2]]}`],
  ])('%s', (_name, text) => {
    expect(refused(() => parsePostPolicy(text))).toBe('InvalidPolicyDocument');
  });
});

describe('a form', () => {
  const fields = { bucket: 'b', key: 'up/x', 'content-type': 'image/png,image/gif' };
  const own = [{ bucket: 'b' }, ['starts-with', '$key', 'up/'], ['starts-with', '$Content-Type', 'image/']];

  test.each<[string, unknown[], Record<string, string>]>([
    ['fulfils each condition', own, fields],
    ['has fields that are to be ignored', own, { ...fields, 'x-ignore-this': '1' }],
    ['has any value where the prefix is empty', [...own, ['starts-with', '$acl', '']], { ...fields, acl: 'x' }],
    [
      'writes names in another case',
      [{ BUCKET: 'b' }, ['Eq', '$KEY', 'up/x'], ['starts-with', '$content-type', '']],
      fields,
    ],
  ])('is accepted that %s', (_name, conditions, given) => {
    expect(refused(() => checkPostPolicy(policyOf(conditions), given, NOW))).toBe('it was accepted');
  });

  test.each<[string, unknown[], Record<string, string>]>([
    ['has a field that nothing covers', own, { ...fields, acl: 'public-read' }],
    ['lacks a field', [...own, { acl: 'private' }], fields],
    ['has another value', [{ bucket: 'c' }, ...own.slice(1)], fields],
    ['has another beginning', own, { ...fields, key: 'down/x' }],
    ['has one type of several that begins otherwise', own, { ...fields, 'content-type': 'image/png,text/plain' }],
  ])('is refused that %s', (_name, conditions, given) => {
    expect(refused(() => checkPostPolicy(policyOf(conditions), given, NOW))).toBe('AccessDenied');
  });

  test('is refused once its policy has expired', () => {
    expect(refused(() => checkPostPolicy(policyOf(own, NOW.toISOString()), fields, NOW))).toBe('AccessDenied');
  });

  test.each([
    [0, false, 'it was accepted'],
    [1, true, 'EntityTooSmall'],
    [2, true, 'it was accepted'],
    [5, true, 'it was accepted'],
    [6, false, 'EntityTooLarge'],
  ])('with %i bytes (all: %s) of 2 to 5', (length, ended, expected) => {
    const policy = policyOf([
      ['content-length-range', 2, 9],
      ['content-length-range', '0', '5'],
    ]);
    expect(refused(() => checkContentLength(policy, length, ended))).toBe(expected);
  });
});

describe('the signature of a form', () => {
  const key = { accessKeyId: 'id', secretAccessKey: 'secret' };
  const secretOf = (id: string): string | undefined => (id === 'id' ? 'secret' : undefined);
  const signed = signForm([{ bucket: 'b' }], { key, region: 'us-east-1', time: NOW, expiresAt: new Date(later) });

  test('is known again, and its policy covers its own fields', () => {
    expect(verifyForm(signed, { secretOf })).toBe('id');
    const policy = parsePostPolicy(Buffer.from(signed.policy!, 'base64').toString());
    expect(refused(() => checkPostPolicy(policy, { ...signed, bucket: 'b' }, NOW))).toBe('it was accepted');
  });

  test.each<[string, Record<string, string>, string]>([
    ['of another policy', { ...signed, policy: 'e30=' }, 'SignatureDoesNotMatch'],
    [
      'of an unknown key',
      { ...signed, 'x-amz-credential': 'other/20260101/us-east-1/s3/aws4_request' },
      'InvalidAccessKeyId',
    ],
    [
      'without a date',
      Object.fromEntries(Object.entries(signed).filter(([name]) => name !== 'x-amz-date')),
      'InvalidArgument',
    ],
    ['that is missing', { policy: 'e30=' }, 'InvalidArgument'],
  ])('%s is refused', (_name, fields, code) => {
    expect(refused(() => verifyForm(fields, { secretOf }))).toBe(code);
  });

  test('is not asked for of a form without a policy', () => {
    expect(verifyForm({ key: 'k' }, { secretOf })).toBeUndefined();
  });
});
