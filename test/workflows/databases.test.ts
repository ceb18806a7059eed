import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../shared/core/codecs.ts';
import { execute, validate } from '../../shared/semantics/states/index.ts';

type Input = { [key: string]: Json };
type Answers = Record<string, (calls: number) => unknown>;

const read = (name: string): Json =>
  JSON.parse(readFileSync(new URL(`../../workflows/${name}.asl.json`, import.meta.url), 'utf8'));

/** Runs a workflow over operations that answer as told, and notes what was called. */
async function run(name: string, input: Input, answers: Answers) {
  const calls: [operation: string, input: Json][] = [];
  const result = await execute(read(name), input, {
    task: async (resource, payload) => {
      const operation = resource.replace('cloudlib:database.', '');
      const before = calls.filter(([called]) => called === operation).length;
      calls.push([operation, payload]);
      return answers[operation]!(before) as Json;
    },
  });
  return { ...result, calls };
}

function failure(name: string, message: string): never {
  throw Object.assign(new Error(message), { name });
}

const checkedThrice = (settled: object) => (calls: number) => (calls < 2 ? { settled: false } : settled);

describe.each(['createDatabase', 'snapshotDatabase', 'awaitDatabase'])('workflows/%s.asl.json', (name) => {
  test('is valid', () => {
    expect(validate(read(name))).toEqual([]);
  });
});

describe('the creation of a database', () => {
  const input = { provider: 'prod', name: 'orders', config: { version: '18' } };

  test('is asked for once, and looked at until it is done', async () => {
    const { output, calls } = await run('createDatabase', input, {
      createInstance: () => ({}),
      checkInstance: checkedThrice({ settled: true, instance: { identifier: 'orders' } }),
    });
    expect(output).toEqual({ identifier: 'orders' });
    const check = ['checkInstance', { name: 'orders', until: 'Available', provider: 'prod' }];
    expect(calls).toEqual([['createInstance', input], check, check, check]);
  });

  test('fails with the reason of the instance', async () => {
    const { error, cause } = await run('createDatabase', input, {
      createInstance: () => ({}),
      checkInstance: () => failure('DatabaseError.InvalidInstanceState', 'no space left'),
    });
    expect([error, cause]).toEqual(['DatabaseError.InvalidInstanceState', 'no space left']);
  });

  test('is refused at once when the request is', async () => {
    const { error, calls } = await run('createDatabase', input, {
      createInstance: () => failure('DatabaseError.InstanceAlreadyExists', 'there is one already'),
    });
    expect([error, calls.length]).toEqual(['DatabaseError.InstanceAlreadyExists', 1]);
  });
});

describe('the snapshot of a database', () => {
  test('is asked for once, and looked at until it is there', async () => {
    const input = { instance: 'orders', snapshot: 'before' };
    const { output, calls } = await run('snapshotDatabase', input, {
      createSnapshot: () => ({}),
      checkSnapshot: checkedThrice({ settled: true, snapshot: { type: 'manual' } }),
    });
    expect(output).toEqual({ type: 'manual' });
    const check = ['checkSnapshot', { snapshot: 'before' }];
    expect(calls).toEqual([['createSnapshot', input], check, check, check]);
  });
});

describe('waiting', () => {
  test.each([
    ['instance', 'checkInstance', { name: 'orders', until: 'Stopped', provider: 'local' }],
    ['snapshot', 'checkSnapshot', { snapshot: 'before', provider: 'local' }],
  ])('for an %s asks %s until it is settled, and again when the provider is away', async (what, operation, input) => {
    const { status, calls } = await run(
      'awaitDatabase',
      { [what]: input },
      {
        [operation]: (before) =>
          before === 1 ? failure('Unavailable', 'later') : checkedThrice({ settled: true })(before),
      },
    );
    expect(status).toBe('SUCCEEDED');
    expect(calls).toEqual(Array.from({ length: 3 }, () => [operation, input]));
  });
});
