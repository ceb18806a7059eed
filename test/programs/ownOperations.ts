// Operations of an application, for tests that run them in worker processes.
import { z } from 'zod';
import { operation } from '../../functions/operation.ts';
import { Duration } from '../../shared/core/duration.ts';
import { CloudError } from '../../shared/core/errors.ts';

const Nothing = z.strictObject({});
const Anything = z.strictObject({ answer: z.json() });
const common = { output: Anything, errors: [] as string[], idempotency: 'natural' as const, example: {} };

/** Doubles a length of time, which is a `Duration` here and text outside. */
export const double = operation({
  name: 'app.double',
  summary: 'Double a number',
  input: z.strictObject({ number: z.number().max(1000), note: z.string().default('none') }),
  output: z.strictObject({ number: z.number(), note: z.string(), pid: z.number() }),
  errors: [],
  idempotency: 'request',
  example: { number: 21 },
  run: ({ number, note }) => {
    console.log(`doubling ${number}\nand noting ${note}`);
    return { number: number * 2, note, pid: process.pid };
  },
});

export const lying = operation({
  ...common,
  name: 'app.lying',
  summary: 'Answer something else than it declares',
  input: Nothing,
  run: () => 42 as never,
});

export const failing = operation({
  ...common,
  name: 'app.failing',
  summary: 'Fail, with an error of its own or with any',
  input: z.strictObject({ ours: z.boolean() }),
  example: { ours: true },
  errors: ['Conflict'],
  run: ({ ours }) => {
    if (ours) throw new CloudError('Conflict', 'already resized', { details: { resource: 'cat.png' } });
    throw new TypeError('not a picture');
  },
});

export const crashing = operation({
  ...common,
  name: 'app.crashing',
  summary: 'End its own process',
  input: Nothing,
  run: () => {
    console.error('going down');
    process.exit(3);
  },
});

export const throwingLater = operation({
  ...common,
  name: 'app.throwingLater',
  summary: 'Throw where nobody catches',
  input: Nothing,
  run: () =>
    new Promise<never>(() => {
      setImmediate(() => {
        throw new RangeError('out of nowhere');
      });
    }),
});

export const endless = operation({
  ...common,
  name: 'app.endless',
  summary: 'Never end, and hear nothing',
  input: Nothing,
  limits: { time: Duration.seconds(20) },
  run: () => {
    console.log('started');
    for (;;);
  },
});

export const waiting = operation({
  ...common,
  name: 'app.waiting',
  summary: 'Wait until it is aborted',
  input: Nothing,
  limits: { time: Duration.seconds(20), concurrency: 1 },
  run: (_input, { signal }) =>
    new Promise<{ answer: null }>((resolve) => {
      console.log('started');
      signal.addEventListener('abort', () => {
        console.log(`aborted: ${(signal.reason as Error).message}`);
        resolve({ answer: null });
      });
    }),
});

export const hoarding = operation({
  ...common,
  name: 'app.hoarding',
  summary: 'Take memory without end, on the heap or beside it',
  input: z.strictObject({ where: z.enum(['heap', 'buffers']) }),
  example: { where: 'heap' },
  limits: { memory: 192 },
  run: async ({ where }) => {
    const kept: unknown[] = [];
    for (;;) {
      kept.push(where === 'heap' ? Array.from({ length: 1e6 }, (_, index) => ({ index })) : Buffer.alloc(2e7, 1));
      await new Promise((resolve) => setImmediate(resolve));
    }
  },
});

export const asking = operation({
  ...common,
  name: 'app.asking',
  summary: 'Tell what it is given',
  input: Nothing,
  secrets: ['own-key'],
  environment: ['CLOUDLIB_TEST_NAMED'],
  run: async (_input, { secret, requestId, now }) => {
    const other = await secret('other-key').catch((error: CloudError) => error.code);
    const env = { ...process.env } as Record<string, string>;
    return { answer: { requestId, now: now.toISOString(), own: await secret('own-key'), other, env } };
  },
});

export const calling = operation({
  ...common,
  name: 'app.calling',
  summary: 'Call other operations',
  input: z.strictObject({ number: z.number() }),
  example: { number: 2 },
  run: async ({ number }, { invoke }) => {
    const once = await invoke(double, { number });
    const twice = await invoke(double, { number: once.number });
    const deployments = await invoke('deploy.list', {});
    const refused = await invoke(double, { number: 5000 }).catch((error: CloudError) => error.code);
    return { answer: { number: twice.number, deployments: JSON.parse(JSON.stringify(deployments)), refused } };
  },
});

/** Calls itself, so deep that all of its processes would wait for one another if they were counted together. */
export const recursive = operation({
  ...common,
  name: 'app.recursive',
  summary: 'Call itself',
  input: z.strictObject({ depth: z.number() }),
  example: { depth: 1 },
  limits: { concurrency: 1 },
  run: async ({ depth }, { invoke }): Promise<{ answer: number }> => {
    if (depth === 0) return { answer: 0 };
    const { answer } = (await invoke('app.recursive', { depth: depth - 1 })) as { answer: number };
    return { answer: answer + 1 };
  },
});

export const operations = [
  double,
  lying,
  failing,
  crashing,
  throwingLater,
  endless,
  waiting,
  hoarding,
  asking,
  calling,
  recursive,
];
