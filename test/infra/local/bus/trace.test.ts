import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { operation } from '../../../../functions/operation.ts';
import { currentCause, stamped } from '../../../../infra/local/bus/cause.ts';
import { ExecutionCauses } from '../../../../infra/local/bus/executionCauses.ts';
import { RemoteHost } from '../../../../infra/local/client.ts';
import { LocalHost } from '../../../../infra/local/host.ts';
import { openDatabase, readAddress } from '../../../../infra/local/store/database.ts';
import { EventLog } from '../../../../infra/local/store/events.ts';
import { defineConfig, event, schedule, webhook, workflow } from '../../../../shared/configuration.ts';
import type { CloudEvent } from '../../../../shared/host.ts';
import { parseTraceContext } from '../../../../shared/semantics/tracing/traceContext.ts';
import { schemes } from '../../../../shared/semantics/webhooks/index.ts';
import { eventually } from '../../../eventually.ts';
import { order, TrialBus } from './trialBus.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';
const traceparent = `00-${TRACE}-${PARENT}-01`;

const configuration = defineConfig({
  automations: {
    // The push deploys what does not exist; that fails, and its failure rolls back.
    'deploy-on-push': {
      on: webhook.github({ secret: 'trace-hook' }),
      start: workflow('deploy', {
        config: { name: 'app', version: '{% $event.data.after %}' },
        artifacts: [{ name: 'absent', type: 'Code', source: { kind: 'Local', path: '/nowhere' } }],
      }),
    },
    'roll-back': {
      on: event({ type: ['cloudlib.workflow.status'], data: { status: ['FAILED'] } }),
      start: operation('deploy.rollback', { name: 'app' }),
      retry: { maximumAttempts: 1 },
    },
  },
});

const directory = mkdtempSync(join(tmpdir(), 'cloudlib-trace-'));
let host: LocalHost;
let remote: RemoteHost;

async function start(): Promise<void> {
  host = await LocalHost.start({ directory, configuration, port: 0 });
  remote = new RemoteHost(readAddress(directory)!);
}

beforeAll(async () => {
  process.env.CLOUDLIB_SECRET_TRACE_HOOK = 'secret';
  await start();
});
afterAll(async () => {
  await host.close();
  rmSync(directory, { recursive: true });
});

async function push(id: string, headers: Record<string, string>): Promise<void> {
  const body = Buffer.from(JSON.stringify({ after: id }));
  const signed = schemes.github.sign({ id, event: 'push', body, secret: 'secret', now: new Date() });
  const answer = await fetch(`${host.url}/webhooks/deploy-on-push`, {
    method: 'POST',
    headers: { ...signed, ...headers },
    body,
  });
  expect(answer.status).toBe(202);
}

/** Every event of the log, once the rollback of a push has ended. */
async function eventsAfterRollback(rollbacks: number): Promise<CloudEvent[]> {
  return eventually(() => {
    const database = new DatabaseSync(join(directory, 'state.db'), { readOnly: true });
    const rows = database.prepare('select event from events order by cursor').all();
    database.close();
    const events = rows.map((row): CloudEvent => JSON.parse(String(row.event)));
    expect(events.filter(({ type }) => type === 'cloudlib.deploy.rollback.failed')).toHaveLength(rollbacks);
    return events;
  });
}

describe('one trace', () => {
  test('goes from a signed push to the rollback that it led to, and its spans are different', async () => {
    await push('push-1', { traceparent, tracestate: 'vendor=1' });
    const events = await eventsAfterRollback(1);
    expect(new Set(events.map(({ type }) => type))).toEqual(
      new Set([
        'cloudlib.webhook.push',
        'cloudlib.workflow.status',
        'cloudlib.workflow.entered',
        'cloudlib.deploy.beginRollout.failed',
        'cloudlib.deploy.rollback.failed',
      ]),
    );
    const contexts = events.map((each) => parseTraceContext(each)!);
    expect(new Set(contexts.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
    expect(new Set(contexts.map(({ state }) => state))).toEqual(new Set(['vendor=1']));
    const spans = contexts.map(({ parentId }) => parentId);
    expect(spans).not.toContain(PARENT);
    expect(new Set(spans).size).toBe(spans.length);
  });

  test('begins with a push whose sender has none, or one that is not valid', async () => {
    const before = (await eventsAfterRollback(1)).length;
    await push('push-2', { traceparent: `ff-${TRACE}-${PARENT}-01`, tracestate: 'vendor=1' });
    const events = (await eventsAfterRollback(2)).slice(before);
    const contexts = events.map((each) => parseTraceContext(each)!);
    expect(new Set(contexts.map(({ traceId }) => traceId)).size).toBe(1);
    expect(contexts[0]!.traceId).not.toBe(TRACE);
    expect(contexts.every(({ state }) => state === undefined)).toBe(true);
  });

  test('is that of the caller of an operation', async () => {
    await remote.invoke('deploy.rollback', { name: 'app' }, { requestId: 'traced', traceparent }).catch(() => {});
    const [outcome] = await remote.bus.find('traced.failed');
    expect(parseTraceContext(outcome!.event)?.traceId).toBe(TRACE);
  });

  test('is that of the event itself, or of the request that published it', async () => {
    const other = '0af7651916cd43dd8448eb211c80319c';
    const answer = await fetch(`${host.url}/events`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${readAddress(directory)!.token}`,
        'content-type': 'application/cloudevents-batch+json',
        traceparent,
      },
      body: JSON.stringify([order('own', { traceparent: `00-${other}-${PARENT}-01` }), order('none')]),
    });
    expect(answer.status).toBe(202);
    const traceOf = async (id: string) => parseTraceContext((await remote.bus.find(id))[0]!.event)?.traceId;
    expect([await traceOf('own'), await traceOf('none')]).toEqual([other, TRACE]);
  });

  test('of an execution goes on when another host redrives it', async () => {
    const [{ event: accepted } = { event: undefined }] = await remote.bus.find('push-1');
    const executions = await remote.executions({ limit: 10 });
    const { id } = executions.find(({ input }) => JSON.stringify(input).includes('push-1'))!;
    await host.close();
    await start();
    await remote.redrive(id);
    const events = (await eventsAfterRollback(4)).filter(({ subject }) => subject === id);
    expect(events.filter(({ data }) => (data as { status: string }).status === 'FAILED')).toHaveLength(2);
    expect(new Set([accepted!, ...events].map((each) => parseTraceContext(each)!.traceId))).toEqual(new Set([TRACE]));
  });
});

test('what a schedule fires begins a trace, which its delivery goes on with', async () => {
  const seen: (string | undefined)[] = [];
  const automations = { tick: { on: schedule('rate(1 day)'), start: operation('deploy.list', {}) } };
  const invoke = async () => {
    seen.push(currentCause.getStore()?.trace.traceId);
    return {};
  };
  const trial = new TrialBus(automations, { invoke });
  trial.bus.append(order('1', { source: '/schedules/tick', type: 'cloudlib.schedule' }), 'tick');
  await trial.settled();
  const { traceId } = parseTraceContext(trial.bus.find('1')[0]!.event)!;
  expect(seen).toEqual([traceId]);
});

test('an event whose traceparent is not valid gets another one, and loses the tracestate that belonged to it', () => {
  const event = stamped(order('1', { traceparent: '00-zero', tracestate: 'a=1' }));
  expect(parseTraceContext(event)).toBeDefined();
  expect(event.tracestate).toBeUndefined();
});

test('what a version without traces has counted is taken over', () => {
  const database = openDatabase(mkdtempSync(join(tmpdir(), 'cloudlib-causes-')));
  new EventLog(database);
  database.exec(`create table execution_hops (execution text primary key, hops integer not null) strict, without rowid;
    insert into execution_hops values ('one', 3), ('two', 7)`);
  const causes = new ExecutionCauses(database);
  expect([causes.of('one')?.hops, causes.of('two')?.hops, causes.of('three')]).toEqual([3, 7, undefined]);
  expect(causes.of('one')!.trace.traceId).not.toBe(causes.of('two')!.trace.traceId);
});
