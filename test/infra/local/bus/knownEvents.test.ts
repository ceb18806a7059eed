import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { catalog } from '../../../../functions/catalog.ts';
import { operation } from '../../../../functions/operation.ts';
import { knownEvents } from '../../../../infra/local/bus/knownEvents.ts';
import { LocalHost } from '../../../../infra/local/host.ts';
import { type Configuration, schedule } from '../../../../shared/configuration.ts';
import { VirtualClock } from '../../../../shared/core/clock.ts';
import type { Json } from '../../../../shared/core/codecs.ts';
import type { CloudEvent } from '../../../../shared/host.ts';
import { impossibilities, type Pattern } from '../../../../shared/semantics/patterns/index.ts';

const known = knownEvents(catalog);

describe('the events of CloudLib itself', () => {
  test.each<[string, Pattern]>([
    ['an outcome', { type: ['cloudlib.deploy.rollback.succeeded'], data: { input: { name: ['sentiment'] } } }],
    ['the error of a failure', { type: ['cloudlib.deploy.scale.failed'], data: { error: { code: ['Conflict'] } } }],
    ['any input of a failure', { type: ['cloudlib.deploy.scale.failed'], data: { input: { whatever: [1] } } }],
    ['the end of a workflow', { type: ['cloudlib.workflow.status'], data: { status: ['FAILED', 'TIMED_OUT'] } }],
    ['a delivery of a webhook', { type: ['cloudlib.webhook.payment.succeeded'], data: { any: [1] } }],
    ['what others publish below the name', { type: ['cloudlib.monitoring.alarm'], data: { state: ['ALARM'] } }],
    ['events of others', { type: ['shop.order.succeeded'], data: { any: [1] } }],
  ])('are matched by %s', (_what, pattern) => {
    expect(impossibilities(pattern, known)).toEqual([]);
  });

  test.each<[string, Pattern, string]>([
    [
      'a misspelt operation',
      { type: ['cloudlib.deploy.rollbak.succeeded'] },
      'type: "cloudlib.deploy.rollbak.succeeded" is no event of CloudLib; did you mean cloudlib.deploy.rollback.succeeded?',
    ],
    [
      'an operation without its outcome',
      { type: ['cloudlib.deploy.scale'] },
      'are cloudlib.deploy.scale.succeeded and',
    ],
    ['an operation that only reads', { type: ['cloudlib.deploy.list.succeeded'] }, 'deploy.list only reads'],
    ['a misspelt type of the host', { type: ['cloudlib.workflow.stauts'] }, 'did you mean cloudlib.workflow.status?'],
    [
      'a field that the operation does not answer',
      { type: ['cloudlib.deploy.rollback.succeeded'], data: { output: { nonsense: [1] } } },
      'data.output.nonsense: events of the type',
    ],
    [
      'a status that there is not',
      { type: ['cloudlib.workflow.status'], data: { status: ['FAILD'] } },
      'did you mean "FAILED"?',
    ],
  ])('are never matched by %s', (_what, pattern, problem) => {
    expect(impossibilities(pattern, known)).toEqual([expect.stringContaining(problem)]);
  });
});

/** The pattern that asks for each value of an event. */
function patternOf(value: Json): unknown {
  if (Array.isArray(value)) return value.length ? patternOf(value[0]!) : [{ exists: true }];
  if (value === null || typeof value !== 'object') return [value];
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, patternOf(member)]));
}

test('what a host publishes is what is known of it', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-known-'));
  const clock = new VirtualClock(Date.UTC(2027, 0, 1));
  const automations = {
    hourly: { on: schedule('rate(1 hour)', { missed: 'skip' as const }), start: operation('deploy.list', {}) },
  };
  let written: Configuration = { automations };
  const reload = async () => ({ configuration: written, files: {} });
  const host = await LocalHost.start({ directory, configuration: written, reload, clock });
  await host.invoke('deploy.destroy', { name: 'absent' }).catch(() => {});
  const { execution } = await host.start('deploy', { config: { name: 'a' } });
  await host.waitForExecution(execution);
  await clock.advance(3_600_000);
  written = {};
  await host.application.apply((await host.application.plan()).plan);
  const seen = new Map<string, CloudEvent>();
  const over = new AbortController();
  for await (const { event } of host.events({ cursor: 0, signal: over.signal })) {
    seen.set(event.type, event);
    if (event.type === 'cloudlib.configuration.applied') over.abort();
  }
  await host.close();
  rmSync(directory, { recursive: true });
  expect([...seen.keys()]).toEqual(
    expect.arrayContaining(['cloudlib.schedule', 'cloudlib.workflow.entered', 'cloudlib.workflow.status']),
  );
  expect([...seen.keys()].some((type) => type.endsWith('.failed'))).toBe(true);
  for (const { type, data } of seen.values()) {
    const { changes: _, ...checked } = data as { [key: string]: Json };
    const pattern = { type: [type], ...(Object.keys(checked).length && { data: patternOf(checked) }) } as Pattern;
    expect([type, impossibilities(pattern, known)]).toEqual([type, []]);
  }
});
