import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { operation } from '../../../functions/operation.ts';
import { LocalHost } from '../../../infra/local/host.ts';
import { type Configuration, event, schedule, webhook, workflow } from '../../../shared/configuration.ts';
import { VirtualClock } from '../../../shared/core/clock.ts';
import { Duration } from '../../../shared/core/duration.ts';
import type { DeliveryStatus } from '../../../shared/host.ts';
import { schemes } from '../../../shared/semantics/webhooks/index.ts';
import { eventually } from '../../eventually.ts';

const NOON = Date.UTC(2027, 0, 1, 12);
const on = event({ type: ['shop.order'] });
/** Fails until somebody deploys "absent". */
const failing = operation('deploy.getStatus', { name: 'absent' });
const fine = operation('deploy.list', {});

let directory: string;
let clock: VirtualClock;
let host: LocalHost;
/** What the file would say now. */
let written: Configuration;

async function start(configuration: Configuration): Promise<void> {
  written = configuration;
  const reload = async () => ({ configuration: written, files: {} });
  host = await LocalHost.start({ directory, configuration, reload, clock, port: 0 });
}

async function apply(configuration: Configuration): Promise<void> {
  written = configuration;
  await host.application.apply((await host.application.plan()).plan);
}

/** How the one delivery of an event stands, once it was tried a number of times. */
function delivery(id: string, tries: number): Promise<{ status: DeliveryStatus; reason?: string }> {
  return eventually(async () => {
    const [found] = (await host.bus.find(id)).flatMap(({ deliveries }) => deliveries);
    if (!found || found.tries.length < tries) throw new Error('not yet');
    return found;
  });
}

const order = (id: string) => ({
  specversion: '1.0' as const,
  id,
  source: '/shop',
  type: 'shop.order',
  time: '2027-01-01T12:00:00Z',
});

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cloudlib-reload-'));
  clock = new VirtualClock(NOON);
});
afterEach(async () => {
  await host.close();
  rmSync(directory, { recursive: true });
});

describe('a configuration that is replaced while the host runs', () => {
  test('delivers what is pending to the target as it is now', async () => {
    await start({ automations: { rule: { on, start: failing } } });
    await host.publish(order('o1'));
    expect(await delivery('o1', 1)).toMatchObject({ status: 'PENDING' });
    await apply({ automations: { rule: { on, start: fine } } });
    await clock.advance(1_000);
    expect(await delivery('o1', 2)).toMatchObject({ status: 'DELIVERED' });
  });

  test('has other bounds and times for what the bus keeps, from then on', async () => {
    await start({ automations: { rule: { on, start: failing } }, bus: { mostPending: 1 } });
    await host.bus.publish([order('o1')]);
    await expect(host.bus.publish([order('o2')])).rejects.toMatchObject({ code: 'Throttled' });
    const bus = { mostPending: 2, identity: Duration.minutes(1) };
    await apply({ automations: { rule: { on, start: failing } }, bus });
    await host.bus.publish([order('o2')]);
    written = { bus: { mostPending: 0 } };
    await expect(host.application.plan()).rejects.toThrow('bus: mostPending is 0');
    await apply({ bus });
    await clock.advance(60_000);
    expect(await host.bus.publish([order('o1')])).toMatchObject([{ duplicate: false }]);
  });

  test('says how many pending deliveries a rule takes along that goes; they become dead letters', async () => {
    await start({ automations: { rule: { on, start: failing } } });
    await host.publish(order('o1'));
    await delivery('o1', 1);
    written = {};
    const { plan, changes } = await host.application.plan();
    expect(changes).toEqual([{ kind: 'automation', name: 'rule', change: 'removed', pending: 1 }]);
    await host.application.apply(plan);
    await clock.advance(1_000);
    expect(await delivery('o1', 2)).toMatchObject({
      status: 'DEAD',
      reason: expect.stringContaining('not in the configuration'),
    });
    await apply({ automations: { rule: { on, start: fine } } });
    await host.bus.redrive();
    expect(await delivery('o1', 3)).toMatchObject({ status: 'DELIVERED' });
  });

  test('matches events, fires schedules and takes webhooks as it says now', async () => {
    await start({ automations: {} });
    process.env.CLOUDLIB_SECRET_RELOADED = 'secret';
    await apply({
      automations: {
        rule: { on, start: fine },
        nightly: { on: schedule('rate(1 hour)'), start: fine },
        hook: { on: webhook.github({ secret: 'reloaded' }), start: fine },
      },
    });
    await host.publish(order('o1'));
    expect(await delivery('o1', 1)).toMatchObject({ status: 'DELIVERED' });
    await clock.advance(3_600_000);
    expect(await delivery('2027-01-01T13:00:00.000Z', 1)).toMatchObject({ status: 'DELIVERED' });
    const body = Buffer.from('{}');
    const headers = schemes.github.sign({ id: 'd1', body, secret: 'secret', now: clock.now() });
    const answer = await fetch(`${host.url}/webhooks/hook`, { method: 'POST', headers, body });
    expect(answer.status).toBe(202);
    await apply({});
    const gone = await fetch(`${host.url}/webhooks/hook`, { method: 'POST', headers, body });
    expect(gone.status).toBe(404);
    expect(await host.bus.schedules()).toEqual([]);
  });

  test('goes on with a schedule that is the same, and begins one anew that is another', async () => {
    const nightly = { on: schedule('rate(1 hour)'), start: fine };
    await start({ automations: { nightly } });
    await clock.advance(1_800_000);
    await apply({ automations: { nightly: { ...nightly, start: failing } } });
    expect((await host.bus.schedules())[0]!.next[0]).toBe('2027-01-01T13:00:00.000Z');
    await apply({ automations: { nightly: { ...nightly, on: schedule('rate(2 hours)') } } });
    expect((await host.bus.schedules())[0]!.next[0]).toBe('2027-01-01T14:30:00.000Z');
  });

  test('lets an execution end on the definition that it began with, and starts new ones on the other', async () => {
    const file = join(directory, 'waiting.asl.json');
    const machine = (answer: string) => ({
      QueryLanguage: 'JSONata',
      StartAt: 'Wait',
      States: { Wait: { Type: 'Wait', Seconds: 10, Next: 'End' }, End: { Type: 'Pass', Output: answer, End: true } },
    });
    const write = (answer: string): void => writeFileSync(file, JSON.stringify(machine(answer)));
    const configuration = { workflows: { waiting: file }, automations: { rule: { on, start: workflow('waiting') } } };
    write('old');
    await start(configuration);
    const before = await host.start('waiting', {});
    write('new');
    written = configuration;
    const { plan, changes } = await host.application.plan();
    expect(changes).toEqual([{ kind: 'workflow', name: 'waiting', change: 'changed', paths: ['/States/End/Output'] }]);
    await host.application.apply(plan);
    const after = await host.start('waiting', {});
    await clock.advance(10_000);
    expect((await host.waitForExecution(before.execution)).output).toBe('old');
    expect((await host.waitForExecution(after.execution)).output).toBe('new');
    await apply({});
    await expect(host.start('waiting', {})).rejects.toMatchObject({ code: 'NotFound' });
  });

  test('says in an event what was applied', async () => {
    await start({});
    written = { automations: { rule: { on, start: fine } } };
    const { plan } = await host.application.plan();
    await host.application.apply(plan);
    const [record] = await host.bus.find(plan);
    expect(record!.event).toMatchObject({
      type: 'cloudlib.configuration.applied',
      data: { changes: [{ kind: 'automation', name: 'rule', change: 'added' }] },
    });
  });

  test('is not applied when it is broken, or when another was looked at since', async () => {
    await start({ automations: { rule: { on, start: fine } } });
    const { plan } = await host.application.plan();
    written = { automations: { rule: { on, start: { ...fine, operation: 'deploy.lsit' } } } };
    await expect(host.application.plan()).rejects.toMatchObject({ code: 'InvalidInput' });
    written = {};
    await host.application.plan();
    await expect(host.application.apply(plan)).rejects.toMatchObject({ code: 'Conflict' });
    expect((await host.bus.rules()).map(({ name }) => name)).toEqual(['rule']);
  });

  test('is refused by a host that has no file to load it from', async () => {
    host = await LocalHost.start({ directory, clock });
    await expect(host.application.plan()).rejects.toMatchObject({
      code: 'Conflict',
      message: expect.stringContaining('not started from a configuration file'),
    });
  });
});
