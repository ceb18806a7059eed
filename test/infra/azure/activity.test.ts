import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { type ActivityCall, activity } from '../../../infra/azure/activity.ts';
import { answerTaskToken } from '../../../infra/azure/taskTokens.ts';
import { SqliteIdempotency } from '../../../infra/local/store/idempotency.ts';
import { SqliteRecords } from '../../../infra/local/store/records.ts';
import { VirtualClock } from '../../../shared/core/clock.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import { type Environment, type Operation, operation } from '../../../shared/operation.ts';

/** An operation that counts how often it runs, and fails when it is told to. */
function setUp() {
  const database = new DatabaseSync(':memory:');
  const records = new SqliteRecords(database);
  const runs: { provider: string; requestId: string }[] = [];
  const double = operation({
    name: 'deploy.double',
    summary: 'Double a number',
    input: z.strictObject({ number: z.number() }),
    output: z.number(),
    errors: [],
    idempotency: 'request',
    example: { number: 1 },
    run({ number }, _driver, { provider, requestId }) {
      runs.push({ provider, requestId });
      if (number < 0) throw new CloudError('Throttled', 'too many', { retry: 'backoff' });
      return number * 2;
    },
  });
  const environment = {
    host: { publish: async () => {}, records },
    idempotency: new SqliteIdempotency(database, new VirtualClock()),
    now: () => new Date(0),
    driver: async (provider: string | undefined) => ({ provider: provider ?? 'first', driver: {} }),
  } as unknown as Environment;
  const handler = activity(environment, { 'deploy.double': double as unknown as Operation });
  const call = (payload: ActivityCall['payload'], more: Partial<ActivityCall> = {}) =>
    handler(
      {
        execution: 'instance-1',
        workflow: 'w',
        state: 'A',
        resource: 'cloudlib:deploy.double',
        payload,
        idempotencyKey: 'instance-1:A#1.1',
        attempt: 1,
        ...more,
      } satisfies ActivityCall,
      undefined as never,
    );
  return { call, runs, records };
}

describe('the activity of a task', () => {
  test('invokes the operation with the provider that the payload names; the key of the attempt is the request id', async () => {
    const { call, runs } = setUp();
    expect(await call({ number: 4, provider: 'prod' })).toEqual({ output: 8 });
    expect(runs).toEqual([{ provider: 'prod', requestId: 'instance-1:A#1.1' }]);
  });

  test('that is called again does its work once', async () => {
    const { call, runs } = setUp();
    expect([await call({ number: 4 }), await call({ number: 4 })]).toEqual([{ output: 8 }, { output: 8 }]);
    expect(runs).toHaveLength(1);
  });

  test('gives a failure as a result, with the name that ErrorEquals matches and the cause', async () => {
    const { call } = setUp();
    expect(await call({ number: -1 })).toEqual({ failure: { error: 'Throttled', cause: 'too many' } });
    expect(await call({ number: 'x' })).toMatchObject({ failure: { error: 'InvalidInput' } });
    expect(await call({}, { resource: 'cloudlib:deploy.halve' })).toMatchObject({ failure: { error: 'NotFound' } });
  });
});

describe('a task token', () => {
  const answering = async () => {
    const { call, records } = setUp();
    const raised: unknown[] = [];
    const client = { raiseEvent: async (...event: unknown[]) => void raised.push(event) };
    const waiting = { resource: 'cloudlib:deploy.double.waitForTaskToken', taskToken: 'token-1' };
    // The same attempt may be called again.
    for (const _ of [1, 2]) expect(await call({ number: 4 }, waiting)).toEqual({ output: 8 });
    return {
      raised,
      answer: (token: string, value: object) => answerTaskToken({ client, records }, token, value as never),
    };
  };

  test('is answered at the execution that waits for it, once, and may beat before', async () => {
    const { raised, answer } = await answering();
    await answer('token-1', { heartbeat: true });
    await answer('token-1', { output: 7 });
    expect(raised).toEqual([
      ['instance-1', 'token-1', { heartbeat: true }],
      ['instance-1', 'token-1', { output: 7 }],
    ]);
    await expect(answer('token-1', { output: 8 })).rejects.toMatchObject({ code: 'Conflict' });
    expect(raised).toHaveLength(2);
  });

  test('that was never issued is not found', async () => {
    const { raised, answer } = await answering();
    await expect(answer('guessed', { output: 1 })).rejects.toMatchObject({ code: 'NotFound' });
    expect(raised).toEqual([]);
  });
});
