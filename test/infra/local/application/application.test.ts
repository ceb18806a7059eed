import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LocalHost } from '../../../../infra/local/host.ts';
import { defineConfig } from '../../../../shared/configuration.ts';
import { VirtualClock } from '../../../../shared/core/clock.ts';
import type { Json } from '../../../../shared/core/codecs.ts';
import { eventually } from '../../../eventually.ts';
import { operations } from '../../../programs/ownOperations.ts';

const NOON = Date.UTC(2027, 0, 1, 12);
const clock = new VirtualClock(NOON);
let directory: string;
let host: LocalHost;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cloudlib-application-'));
  process.env.CLOUDLIB_SECRET_OWN_KEY = 'own value';
  process.env.CLOUDLIB_SECRET_OTHER_KEY = 'other value';
  process.env.CLOUDLIB_TEST_NAMED = 'named';
  host = await LocalHost.start({
    directory,
    configuration: defineConfig({ operations, workflows: { doubling: '../../../programs/doubling.asl.json' } }),
    clock,
  });
});
afterAll(async () => {
  await host.close();
  rmSync(directory, { recursive: true });
});

const messages = async (operation: string): Promise<string[]> =>
  (await host.application.logs(operation)).map(({ message }) => message);

/** Resolves when a call has begun in its process. */
const started = (operation: string): Promise<void> =>
  eventually(async () => expect(await messages(operation)).toContain('started'));

describe('an operation of the application', () => {
  test('takes and gives what it declares, with its defaults', async () => {
    expect(await host.invoke('app.double', { number: 21 })).toMatchObject({ number: 42, note: 'none' });
  });

  test('refuses what it does not declare as a built-in one does', async () => {
    await expect(host.invoke('app.double', { number: 'many' })).rejects.toMatchObject({
      code: 'InvalidInput',
      message: expect.stringContaining('app.double input: number: '),
    });
    await expect(host.invoke('app.lying', {})).rejects.toMatchObject({
      code: 'Internal',
      message: expect.stringContaining('its output is not what it declares'),
    });
  });

  test('asked again under the same request id gives the first result; another input under it is a conflict', async () => {
    const options = { requestId: 'same' };
    const first = await host.invoke('app.double', { number: 1 }, options);
    expect(await host.invoke('app.double', { number: 1 }, options)).toEqual(first);
    await expect(host.invoke('app.double', { number: 2 }, options)).rejects.toMatchObject({ code: 'Conflict' });
    expect((await host.application.logs('app.double')).filter(({ requestId }) => requestId === 'same')).toHaveLength(2);
  });

  test('publishes its outcome', async () => {
    await host.invoke('app.double', { number: 3 }, { requestId: 'outcome' });
    const [record] = await host.bus.find('outcome.succeeded');
    expect(record!.event).toMatchObject({
      type: 'cloudlib.app.double.succeeded',
      source: '/operations/app.double',
    });
  });

  test('is kept warm: the next call has the same process', async () => {
    const calls = [await host.invoke('app.double', { number: 1 }), await host.invoke('app.double', { number: 2 })];
    const [first, second] = calls as { pid: number }[];
    expect(second!.pid).toBe(first!.pid);
    expect(first!.pid).not.toBe(process.pid);
  });

  test('has no more processes than it may have calls at once', async () => {
    const numbers = Array.from({ length: 12 }, (_, index) => 100 + index);
    const calls = await Promise.all(numbers.map((number) => host.invoke('app.double', { number })));
    expect(calls.map((call) => (call as { number: number }).number)).toEqual(numbers.map((number) => number * 2));
    expect(new Set(calls.map((call) => (call as { pid: number }).pid)).size).toBeLessThanOrEqual(4);
  });

  test('fails with its own error as it is, and with any other as an internal one whose stack is in its log', async () => {
    await expect(host.invoke('app.failing', { ours: true })).rejects.toMatchObject({
      code: 'Conflict',
      message: 'already resized',
      details: { resource: 'cat.png' },
    });
    await expect(host.invoke('app.failing', { ours: false })).rejects.toMatchObject({
      code: 'Internal',
      message: 'app.failing: not a picture',
    });
    expect(await messages('app.failing')).toContainEqual(expect.stringMatching(/^TypeError: not a picture/));
  });

  test('gets the secrets and the environment that it names, and no others', async () => {
    const { answer } = (await host.invoke('app.asking', {}, { requestId: 'asking' })) as {
      answer: { [key: string]: Json };
    };
    expect(answer).toEqual({
      requestId: 'asking',
      now: new Date(NOON).toISOString(),
      own: 'own value',
      other: 'Unauthorized',
      env: { CLOUDLIB_TEST_NAMED: 'named' },
    });
  });

  test('calls others through the host, under names that stay the same when it is called again', async () => {
    const call = (): Promise<Json> => host.invoke('app.calling', { number: 2 }, { requestId: 'calling' });
    expect(await call()).toEqual({ answer: { number: 8, deployments: { deployments: [] }, refused: 'InvalidInput' } });
    const doubled = async (): Promise<number> =>
      (await messages('app.double')).filter((message) => message === 'doubling 4').length;
    expect(await doubled()).toBe(1);
    await call();
    expect(await doubled()).toBe(1);
  });

  test('may wait for itself without standing still, up to a depth', async () => {
    expect(await host.invoke('app.recursive', { depth: 3 })).toEqual({ answer: 3 });
    await expect(host.invoke('app.recursive', { depth: 9 })).rejects.toMatchObject({
      code: 'Conflict',
      message: expect.stringContaining('a chain of 8 operations'),
    });
  });

  test('is a task of a workflow, which sees its error by name', async () => {
    const run = async (number: number) => host.waitForExecution((await host.start('doubling', { number })).execution);
    expect(await run(21)).toMatchObject({ status: 'SUCCEEDED', output: { number: 42 } });
    expect(await run(5000)).toMatchObject({ status: 'SUCCEEDED', output: 'refused' });
  });

  test('that nobody declared is not found', async () => {
    await expect(host.invoke('app.absent', {})).rejects.toMatchObject({ code: 'NotFound' });
    await expect(host.application.logs('app.absent')).rejects.toMatchObject({ code: 'NotFound' });
  });
});

describe('what happens to the process', () => {
  test.each([
    ['app.crashing', /its process ended \(exit code 3\): going down; see "cloudlib logs app.crashing"/],
    ['app.throwingLater', /its process ended \(exit code 1\): RangeError: out of nowhere/],
  ])('is an error of that call of %s and of nothing else', async (name, message) => {
    await expect(host.invoke(name, {})).rejects.toMatchObject({
      code: 'FunctionError.InvocationFailed',
      message: expect.stringMatching(message),
    });
    expect(await host.invoke('app.double', { number: 1 })).toMatchObject({ number: 2 });
  });

  test.each(['heap', 'buffers'])('at its memory limit, reached by %s, says so', async (where) => {
    await expect(host.invoke('app.hoarding', { where })).rejects.toMatchObject({
      code: 'FunctionError.OutOfMemory',
      message: expect.stringContaining('memory limit of 192 MB'),
      details: { function: 'app.hoarding', limit: 192 },
    });
  });

  test('at its time limit says so, even where it hears nothing', async () => {
    const call = expect(host.invoke('app.endless', {})).rejects.toMatchObject({
      code: 'FunctionError.Timeout',
      message: expect.stringContaining('time limit of PT20S'),
    });
    await started('app.endless');
    await clock.advance(20_000);
    await call;
  });

  test('at its time limit aborts the signal first', async () => {
    const call = expect(host.invoke('app.waiting', {})).rejects.toMatchObject({ code: 'FunctionError.Timeout' });
    await started('app.waiting');
    await clock.advance(20_000);
    await call;
    await eventually(async () => {
      expect(await messages('app.waiting')).toContainEqual(
        expect.stringContaining('aborted: app.waiting: it was ended'),
      );
    });
  });
});

test('an operation that cannot be run keeps the host from starting, with everything that is wrong', async () => {
  const [first] = operations;
  const odd = { ...first!, name: 'app.Odd', limits: { memory: 1, concurrency: 0 } } as never;
  const other = mkdtempSync(join(tmpdir(), 'cloudlib-application-'));
  const starting = LocalHost.start({ directory: other, configuration: { operations: [first!, first!, odd] } });
  await expect(starting).rejects.toMatchObject({ code: 'InvalidInput' });
  const { message } = (await starting.catch((error) => error)) as Error;
  expect(message.split('\n')).toEqual([
    expect.stringMatching(/^operation "app.double": another operation has the same name \(.*ownOperations.ts:\d+\)$/),
    expect.stringMatching(/^operation "app.Odd": its name is "app." and then letters and digits/),
    expect.stringContaining('was not made by operation(…)'),
    expect.stringContaining('limits.memory: 1 is not a whole number from 192 to 16384'),
    expect.stringContaining('limits.concurrency: 0'),
  ]);
  rmSync(other, { recursive: true });
});
