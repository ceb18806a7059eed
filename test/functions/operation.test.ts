import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { operation } from '../../functions/operation.ts';
import { placeOf } from '../../shared/core/place.ts';

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

describe('an operation of an application', () => {
  const resize = operation({
    name: 'app.resize',
    summary: 'Resize',
    input: z.strictObject({ key: z.string(), width: z.number() }),
    output: z.strictObject({ key: z.string() }),
    errors: [],
    idempotency: 'natural',
    example: { key: 'cat.png', width: 64 },
    run: async ({ key }, { invoke, requestId }) => {
      const { deployments } = await invoke('deploy.list', {});
      // @ts-expect-error a misspelt operation
      const misspelt = () => invoke('deploy.lsit', {});
      // @ts-expect-error an input that the operation does not take
      const unfit = () => invoke('deploy.rollback', { nmae: 'sentiment' });
      return { key: `${key}-${deployments.length}-${requestId}-${misspelt.length}-${unfit.length}` };
    },
  });

  test('is the target of an automation with its input', () => {
    expect(operation(resize, { key: '{% $event.id %}', width: 64 }, { provider: 'prod' })).toEqual({
      kind: 'operation',
      operation: 'app.resize',
      input: { key: '{% $event.id %}', width: 64 },
      provider: 'prod',
    });
  });

  test('refuses at compile time what it does not take', () => {
    // @ts-expect-error a value of the wrong type
    operation(resize, { key: 'cat.png', width: 'wide' });
    // @ts-expect-error a key that is missing
    operation(resize, { key: 'cat.png' });
    expect(operation(resize, { key: 'cat.png', width: '{% $event.data.width %}' }).input).toHaveProperty('width');
  });

  test('may be named by its name, where the input is checked when the host starts', () => {
    expect(operation('app.resize', { key: 'cat.png' })).toMatchObject({
      operation: 'app.resize',
      input: { key: 'cat.png' },
    });
  });

  test('knows the file that it is to be run from, and the line', () => {
    expect(placeOf(resize)).toEqual({ file: fileURLToPath(import.meta.url), line: expect.any(Number) });
  });
});
