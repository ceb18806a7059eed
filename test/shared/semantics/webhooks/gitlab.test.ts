import { describe, expect, test } from '@jest/globals';
import { schemes } from '../../../../shared/semantics/webhooks/index.ts';

const now = new Date('2027-01-01T00:00:00Z');
const body = Buffer.from('{}');
const headers = { 'x-gitlab-token': 'token', 'x-gitlab-event': 'Push Hook', 'idempotency-key': 'key-1' };
const verify = (overrides: Record<string, string | undefined>, secrets = ['token']) =>
  schemes.gitlab.verify({ headers: { ...headers, ...overrides }, body }, { secrets, now });

describe('webhooks of GitLab', () => {
  test('with the token are verified, and named by the key that stays the same for retries', () => {
    const uuid = { 'x-gitlab-webhook-uuid': 'uuid-1' };
    expect(verify(uuid)).toEqual({ verified: true, id: 'key-1', event: 'Push Hook' });
    expect(verify({ ...uuid, 'idempotency-key': undefined })).toMatchObject({ id: 'uuid-1' });
  });

  test('are verified by any of several tokens', () => {
    expect(verify({}, ['next', 'token']).verified).toBe(true);
  });

  test('are what `sign` makes', () => {
    const made = schemes.gitlab.sign({ id: 'key-1', event: 'Push Hook', body, secret: 'token', now });
    expect(made).toEqual(headers);
  });

  test.each([
    ['no token', { 'x-gitlab-token': undefined }, /X-Gitlab-Token is missing/],
    ['another token', { 'x-gitlab-token': 'tokeN' }, /another one/],
    ['a longer token', { 'x-gitlab-token': 'token2' }, /another one/],
    ['no name', { 'idempotency-key': undefined }, /Idempotency-Key is missing/],
    ['no event', { 'x-gitlab-event': undefined }, /X-Gitlab-Event is missing/],
  ])('with %s are refused, without a word of the token', (_what, overrides, reason) => {
    const verdict = verify(overrides);
    expect(verdict).toEqual({ verified: false, reason: expect.stringMatching(reason) });
    expect(JSON.stringify(verdict)).not.toContain('"token"');
  });
});
