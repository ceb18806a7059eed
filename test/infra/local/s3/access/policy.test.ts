import { describe, expect, test } from '@jest/globals';
import { evaluatePolicy, isPublicPolicy, matches, parsePolicy } from '../../../../../infra/local/s3/access/policy.ts';

const account = { id: 'a1b2', displayName: 'me' };
const request = { account, action: 's3:GetObject', resource: 'arn:aws:s3:::b/dir/k', conditions: {} };
const policy = (...statements: object[]) =>
  parsePolicy(
    JSON.stringify({
      Statement: statements.map((statement) => ({
        Effect: 'Allow',
        Principal: '*',
        Action: 's3:GetObject',
        Resource: 'arn:aws:s3:::b/*',
        ...statement,
      })),
    }),
    'b',
  );

describe('a statement applies', () => {
  test.each<[string, object, boolean]>([
    ['to everybody', {}, true],
    ['to an account by its id', { Principal: { AWS: 'a1b2' } }, true],
    ['to an account by an ARN with its id', { Principal: { AWS: ['arn:aws:iam::a1b2:root'] } }, true],
    ['to a user by an ARN', { Principal: { AWS: 'arn:aws:iam:::user/a1b2' } }, true],
    ['to a canonical user', { Principal: { CanonicalUser: 'a1b2' } }, true],
    ['not to another account', { Principal: { AWS: 'a1b' } }, false],
    ['to all but an account', { Principal: undefined, NotPrincipal: { AWS: 'x' } }, true],
    ['to an action with a wildcard, in any case', { Action: 'S3:get*' }, true],
    ['not to another action', { Action: ['s3:PutObject', 's3:GetObjectAcl'] }, false],
    ['to all actions but some', { Action: undefined, NotAction: 's3:Put*' }, true],
    ['to a resource with wildcards', { Resource: 'arn:aws:s3:::b/d?r/*' }, true],
    ['not to the bucket alone', { Resource: 'arn:aws:s3:::b' }, false],
    ['to all resources but some', { Resource: undefined, NotResource: 'arn:aws:s3:::b/other/*' }, true],
  ])('%s', (_name, statement, applies) => {
    expect(evaluatePolicy(policy(statement), request)).toBe(applies ? 'Allow' : undefined);
  });

  test('and a denial outweighs whatever allows', () => {
    expect(evaluatePolicy(policy({}, { Effect: 'Deny', Action: 's3:*' }, {}), request)).toBe('Deny');
  });
});

describe('a condition', () => {
  const given = {
    's3:prefix': ['a/b'],
    'aws:sourceip': ['10.1.2.3'],
    's3:max-keys': ['10'],
    'aws:currenttime': ['2026-01-01T00:00:00Z'],
    's3:requestobjecttagkeys': ['a', 'b'],
  };

  test.each<[object, boolean]>([
    [{ StringEquals: { 's3:prefix': ['x', 'a/b'] } }, true],
    [{ StringEquals: { 's3:prefix': 'A/B' } }, false],
    [{ StringEqualsIgnoreCase: { 'S3:Prefix': 'A/B' } }, true],
    [{ StringNotEquals: { 's3:prefix': ['x', 'a/b'] } }, false],
    [{ StringNotEquals: { 'aws:referer': 'x' } }, true],
    [{ StringLike: { 's3:prefix': 'a/*' } }, true],
    [{ StringNotLike: { 's3:prefix': 'a/*' } }, false],
    [{ StringLike: { 'aws:referer': '*' } }, false],
    [{ StringLikeIfExists: { 'aws:referer': 'x' } }, true],
    [{ IpAddress: { 'aws:SourceIp': ['192.168.0.0/16', '10.0.0.0/8'] } }, true],
    [{ NotIpAddress: { 'aws:SourceIp': '10.1.2.3' } }, false],
    [{ NumericLessThan: { 's3:max-keys': '10' } }, false],
    [{ NumericLessThanEquals: { 's3:max-keys': '10' } }, true],
    [{ DateGreaterThan: { 'aws:CurrentTime': '2025-12-31T23:59:59Z' } }, true],
    [{ DateLessThan: { 'aws:CurrentTime': '2025-12-31T23:59:59Z' } }, false],
    [{ Null: { 's3:prefix': 'true' } }, false],
    [{ Null: { 'aws:referer': 'true' } }, true],
    [{ 'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': ['a', 'b', 'c'] } }, true],
    [{ 'ForAllValues:StringEquals': { 's3:RequestObjectTagKeys': ['a'] } }, false],
    [{ 'ForAnyValue:StringEquals': { 's3:RequestObjectTagKeys': ['a'] } }, true],
    [{ StringEquals: { 's3:prefix': 'a/b' }, Bool: { 'aws:SecureTransport': 'true' } }, false],
  ])('%j', (Condition, holds) => {
    expect(evaluatePolicy(policy({ Condition }), { ...request, conditions: given })).toBe(holds ? 'Allow' : undefined);
  });
});

describe('a policy is public', () => {
  test.each<[object, boolean]>([
    [{}, true],
    [{ Principal: { AWS: '*' } }, true],
    [{ Principal: { AWS: 'a1b2' } }, false],
    [{ Effect: 'Deny' }, false],
    [{ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } }, false],
    [{ Condition: { IpAddress: { 'aws:SourceIp': '0.0.0.0/0' } } }, true],
    [{ Condition: { StringLike: { 'aws:Referer': 'x' } } }, true],
  ])('with %j: %s', (statement, expected) => {
    expect(isPublicPolicy(policy(statement))).toBe(expected);
  });
});

describe('a pattern', () => {
  test.each([
    ['*', '', true],
    ['a*c', 'abbc', true],
    ['a*c', 'abb', false],
    ['a?c', 'abc', true],
    ['a?c', 'ac', false],
    ['*.*', 'a.b', true],
    ['**a**', 'bab', true],
  ])('%j and %j', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  test('with many wildcards takes no longer for a text that almost fits', () => {
    expect(matches('*a'.repeat(50), `${'a'.repeat(2_000)}b`)).toBe(false);
  });
});
