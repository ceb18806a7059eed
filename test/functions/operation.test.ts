import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { operation } from '../../functions/operation.ts';

describe('operation()', () => {
  test('with a name is the target of an automation, in JSON form', () => {
    expect(operation('deploy.rollback', { name: 'sentiment' }, { provider: 'prod' })).toEqual({
      kind: 'operation',
      operation: 'deploy.rollback',
      input: { name: 'sentiment' },
      provider: 'prod',
    });
    const { input } = operation('deploy.getMetrics', { name: '{% $event.subject %}' });
    expect(input).toEqual({ name: '{% $event.subject %}' });
  });

  test('with a definition declares an operation', () => {
    const declared = operation({
      name: 'deploy.touch',
      summary: 'Touch',
      input: z.strictObject({ after: z.string() }),
      output: z.string(),
      errors: [],
      idempotency: 'read',
      example: { after: 'PT1S' },
      run: ({ after }) => after,
    });
    expect(declared.name).toBe('deploy.touch');
  });

  test('refuses at compile time what the operation does not take', () => {
    // Each line below is an error to the type checker; without it `tsc` fails on the unused directive.
    // @ts-expect-error a misspelt operation
    operation('deploy.rolback', { name: 'sentiment' });
    // @ts-expect-error a value of the wrong type
    operation('deploy.rollback', { name: 1 });
    // @ts-expect-error a key that the operation does not know
    operation('deploy.rollback', { name: 'sentiment', versoin: 'v1' });
    // @ts-expect-error a key that is missing
    operation('deploy.rollback', {});
    // @ts-expect-error a text that is no template where a number belongs
    operation('deploy.scale', { name: 'sentiment', replicas: 'two' });
    const { input } = operation('deploy.scale', { name: 'sentiment', replicas: '{% $event.data.replicas %}' });
    expect(input).toEqual({ name: 'sentiment', replicas: '{% $event.data.replicas %}' });
  });
});
