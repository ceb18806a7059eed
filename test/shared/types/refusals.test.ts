import { describe, expect, test } from '@jest/globals';
import { CloudError } from '../../../shared/core/errors.ts';
import { decode, encode } from '../../../shared/core/validation.ts';
import * as deploy from '../../../shared/types/deploy.ts';
import { Credentials } from '../../../shared/types/providers.ts';
import { SecretValue } from '../../../shared/types/secrets.ts';
import { ARTIFACTS, config, DEPLOYMENTS } from './refusals/deployments.ts';
import { OTHERS } from './refusals/domains.ts';
import { STRATEGIES } from './refusals/strategies.ts';

describe.each([
  ['deployments', DEPLOYMENTS],
  ['strategies', STRATEGIES],
  ['artifacts', ARTIFACTS],
  ['other domains', OTHERS],
])('of %s is refused, with its place, its value and what is allowed:', (_domain, refusals) => {
  test.each(refusals)('%s', (_what, schema, value, path, got, allowed) => {
    const error = refusalOf(() => decode(schema, value, 'input'));
    const message = expect.stringMatching(allowed);
    expect({ code: error.code, details: error.details }).toEqual({
      code: 'InvalidInput',
      details: { issues: [{ path, value: got, message }] },
    });
  });
});

describe('a secret is never repeated in a refusal', () => {
  const credentials = { accessKeyId: 'id', secretAccessKey: 4711, region: 'us-west-2' };

  test('a key of the wrong type', () => {
    const error = refusalOf(() => decode(Credentials, { kind: 'AWS', credentials }, 'input'));
    expect(error.message).toMatch(/credentials\.secretAccessKey: .*expected string/);
    expect(JSON.stringify(error)).not.toContain('4711');
  });
});

describe('a rule holds for a value that is written as for one that is read', () => {
  const units = { kind: 'CPU', unit: 'Cores' } as const;

  test('a max below min', () => {
    const error = refusalOf(() => encode(deploy.Resource, { min: 2, max: 1, units }, 'output'));
    expect(error.message).toBe('output: max: max must be at least min, which is 2 (got 1)');
  });

  test('a JSON duration where a Duration is meant', () => {
    const scaling = { ...decode(deploy.ScalingConfig, {}, 'input'), scaleUpCooldown: 'PT5M' as never };
    const error = refusalOf(() => encode(deploy.ScalingConfig, scaling, 'output'));
    expect(error.message).toMatch(/scaleUpCooldown: Duration expected, such as Duration\.minutes\(5\)/);
  });

  test('a binary secret given as text', () => {
    const secret = { kind: 'Binary', value: 'c2VjcmV0' } as never;
    expect(refusalOf(() => encode(SecretValue, secret, 'output')).message).toMatch(/^output: value: .*Uint8Array/);
  });
});

test('a configuration needs no more than what has no usual value', () => {
  const decoded = decode(deploy.DeploymentConfig, { ...config, scaling: { minReplicas: 3 } }, 'input');
  expect(decoded.scaling).toMatchObject({ minReplicas: 3, maxReplicas: 3 });
  expect(decoded.deploymentStrategy).toEqual({ kind: 'RollingUpdate', maxSurge: '25%', maxUnavailable: '25%' });
  expect(encode(deploy.HealthCheckConfig, decoded.healthChecks, 'output')).toEqual({
    path: '/',
    interval: 'PT10S',
    timeout: 'PT1S',
    healthyThreshold: 2,
    unhealthyThreshold: 3,
    startPeriod: 'PT0S',
  });
});

function refusalOf(action: () => unknown): CloudError {
  try {
    action();
  } catch (error) {
    if (error instanceof CloudError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}
