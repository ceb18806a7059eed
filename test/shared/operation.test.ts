import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import {
  type Context,
  INVALID_SPAN_CONTEXT,
  type Span,
  type SpanContext,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { z } from 'zod';
import { openDatabase } from '../../infra/local/store/database.ts';
import { SqliteIdempotency } from '../../infra/local/store/idempotency.ts';
import { VirtualClock } from '../../shared/core/clock.ts';
import type { Json } from '../../shared/core/codecs.ts';
import { CloudError } from '../../shared/core/errors.ts';
import type { CloudEvent, OperationHost } from '../../shared/host.ts';
import { type Environment, invoke, type Operation, operation } from '../../shared/operation.ts';

let clock: VirtualClock;
let published: CloudEvent[];
let environment: Environment;

beforeEach(() => {
  clock = new VirtualClock(Date.parse('2026-01-01T00:00:00Z'));
  published = [];
  const database = openDatabase(mkdtempSync(join(tmpdir(), 'cloudlib-operation-')));
  const host = { publish: async (event: CloudEvent) => void published.push(event) } as unknown as OperationHost;
  environment = {
    host,
    idempotency: new SqliteIdempotency(database, clock),
    now: () => clock.now(),
    driver: async (provider) => ({ provider: provider ?? 'local', driver: {} as never }),
  };
});

/** An operation that counts its runs. */
function counter(
  run: (count: number) => unknown = (count) => ({ count }),
  idempotency: Operation['idempotency'] = 'request',
) {
  let count = 0;
  return operation({
    name: 'deploy.count',
    summary: 'Count',
    input: z.strictObject({ step: z.int().min(1) }),
    output: z.strictObject({ count: z.number() }),
    errors: [],
    idempotency,
    example: { step: 1 },
    run: async () => (await run(++count)) as { count: number },
  }) as unknown as Operation;
}

const ask = (counting: Operation, input: Json, requestId?: string): Promise<Json> =>
  invoke(counting, input, { ...(requestId && { requestId }) }, environment);

describe('invoke', () => {
  test('the same request id with the same payload returns the first result', async () => {
    const counting = counter();
    expect(await ask(counting, { step: 1 }, 'a')).toEqual({ count: 1 });
    expect(await ask(counting, { step: 1 }, 'a')).toEqual({ count: 1 });
    expect(await ask(counting, { step: 1 }, 'b')).toEqual({ count: 2 });
  });

  test('payloads are the same whatever the order of their keys', async () => {
    const wide = { ...counter(), input: z.strictObject({ a: z.int(), b: z.int() }) } as unknown as Operation;
    await ask(wide, { a: 1, b: 2 }, 'a');
    expect(await ask(wide, { b: 2, a: 1 }, 'a')).toEqual({ count: 1 });
  });

  test('the same request id with another payload is a Conflict that is not to be tried again', async () => {
    const counting = counter();
    await ask(counting, { step: 1 }, 'a');
    await expect(ask(counting, { step: 2 }, 'a')).rejects.toMatchObject({ code: 'Conflict', retry: 'never' });
  });

  test('a request that is still running is a Conflict to be tried again', async () => {
    let finish: (value: unknown) => void = () => undefined;
    const counting = counter(() => new Promise((resolve) => (finish = resolve)));
    const first = ask(counting, { step: 1 }, 'a');
    await new Promise(setImmediate);
    await expect(ask(counting, { step: 1 }, 'a')).rejects.toMatchObject({ code: 'Conflict', retry: 'backoff' });
    finish({ count: 1 });
    expect(await first).toEqual({ count: 1 });
  });

  test('a request that failed can be tried again', async () => {
    const counting = counter((count) => {
      if (count === 1) throw new CloudError('Unavailable', 'not now', { retry: 'backoff' });
      return { count };
    });
    await expect(ask(counting, { step: 1 }, 'a')).rejects.toMatchObject({ code: 'Unavailable' });
    expect(await ask(counting, { step: 1 }, 'a')).toEqual({ count: 2 });
  });

  test('a result is forgotten after a day', async () => {
    const counting = counter();
    await ask(counting, { step: 1 }, 'a');
    await clock.advance(24 * 3600 * 1000 + 1);
    expect(await ask(counting, { step: 1 }, 'a')).toEqual({ count: 2 });
  });

  test('an input that does not fit is refused before anything runs, with its path and value', async () => {
    const counting = counter();
    await expect(ask(counting, { step: 0, extra: true })).rejects.toMatchObject({
      code: 'InvalidInput',
      message: expect.stringMatching(/deploy\.count input: .*step.*got 0.*extra/s),
    });
    expect(await ask(counting, { step: 1 })).toEqual({ count: 1 });
  });

  test('an output that does not fit is the failure of the operation', async () => {
    await expect(
      ask(
        counter(() => ({ count: 'one' })),
        { step: 1 },
      ),
    ).rejects.toMatchObject({
      code: 'Internal',
      message: expect.stringContaining('its output is not what it declares'),
    });
  });

  test('what an operation throws becomes a CloudError that keeps it as its cause', async () => {
    const thrown = new TypeError('broken');
    const counting = counter(() => {
      throw thrown;
    });
    await expect(ask(counting, { step: 1 })).rejects.toMatchObject({
      code: 'Internal',
      name: 'Internal',
      cause: thrown,
    });
  });

  test('its outcome is an event, once for each request', async () => {
    const counting = counter();
    await ask(counting, { step: 1 }, 'a');
    await expect(ask(counting, { step: 0 }, 'b')).rejects.toThrow();
    expect(published.map(({ type, id }) => [type, id])).toEqual([
      ['cloudlib.deploy.count.succeeded', 'a.succeeded'],
      ['cloudlib.deploy.count.failed', 'b.failed'],
    ]);
  });

  test('an operation that only reads publishes nothing', async () => {
    await ask(counter(undefined, 'read'), { step: 1 });
    expect(published).toEqual([]);
  });
});

describe('a span', () => {
  test('belongs to the trace of its request', async () => {
    const parents: (SpanContext | undefined)[] = [];
    const span = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    const tracer = {
      startSpan: () => span,
      startActiveSpan: (_name: string, _options: object, parent: Context, run: (span: Span) => unknown) => {
        parents.push(trace.getSpanContext(parent));
        return run(span);
      },
    } as unknown as Tracer;
    trace.setGlobalTracerProvider({ getTracer: () => tracer });
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await invoke(counter(), { step: 1 }, { traceparent }, environment);
    await invoke(counter(), { step: 1 }, { traceparent: '00-no-no-00' }, environment);
    trace.disable();
    expect(parents).toEqual([
      { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7', traceFlags: 1, isRemote: true },
      undefined,
    ]);
  });
});
