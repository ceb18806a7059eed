import { describe, expect, test } from '@jest/globals';
import { operation } from '../../../../functions/operation.ts';
import { type Automation, event } from '../../../../shared/configuration.ts';
import type { Json } from '../../../../shared/core/codecs.ts';
import { CloudError } from '../../../../shared/core/errors.ts';
import { newDatabase, order, TrialBus } from './trialBus.ts';

const rule: Automation = {
  on: event({ type: ['shop.order'] }),
  start: operation('deploy.getStatus', { name: '{% $event.id %}' }),
  ordered: true,
  retry: { maximumAttempts: 3 },
};
const of = (id: string, subject?: string) => order(id, subject === undefined ? {} : { subject });
const down = (): Promise<never> => Promise.reject(new CloudError('Unavailable', 'it is down', { retry: 'backoff' }));

/** The names that were called for, in the order of the calls. */
const called = (trial: TrialBus): string[] => trial.calls.map(({ input }) => (input as { name: string }).name);

/** A bus whose target ends a call when the test says so. */
function gated(automation = rule): { trial: TrialBus; end(name: string): Promise<void> } {
  const open = new Map<string, (output: Json) => void>();
  const trial = new TrialBus(
    { rule: automation },
    { invoke: (_operation, input) => new Promise((resolve) => open.set((input as { name: string }).name, resolve)) },
  );
  const end = async (name: string): Promise<void> => {
    open.get(name)!({});
    await trial.settled();
  };
  return { trial, end };
}

describe('an ordered rule', () => {
  test('makes the deliveries of a subject one after the other, and those of others meanwhile', async () => {
    const { trial, end } = gated();
    await trial.publish(of('a1', 'a'), of('a2', 'a'), of('b1', 'b'), of('a3', 'a'));
    expect(called(trial)).toEqual(['a1', 'b1']);
    await end('a1');
    expect(called(trial)).toEqual(['a1', 'b1', 'a2']);
    await trial.publish(of('b2', 'b'));
    await end('b1');
    await end('a2');
    expect(called(trial)).toEqual(['a1', 'b1', 'a2', 'b2', 'a3']);
  });

  test('does not order events without a subject', async () => {
    const { trial } = gated();
    await trial.publish(of('1'), of('2'), of('3'));
    expect(called(trial)).toEqual(['1', '2', '3']);
  });

  test('holds back a subject while its first event fails, until that is dead', async () => {
    const trial = new TrialBus(
      { rule },
      { invoke: async (_operation, input) => ((input as { name: string }).name === 'a1' ? down() : {}) },
    );
    await trial.publish(of('a1', 'a'), of('a2', 'a'), of('b1', 'b'));
    expect(called(trial)).toEqual(['a1', 'b1']);
    expect(trial.counts()).toEqual({ PENDING: 2, DELIVERED: 1 });
    await trial.advance(60_000);
    expect(called(trial)).toEqual(['a1', 'b1', 'a1', 'a1', 'a2']);
    expect(trial.counts()).toEqual({ DEAD: 1, DELIVERED: 2 });
  });

  test('goes on at once after a poison event', async () => {
    const poison: Automation = { ...rule, start: operation('deploy.getStatus', { name: '{% $event.data.name %}' }) };
    const trial = new TrialBus({ rule: poison });
    await trial.publish(of('1', 'a'), order('2', { subject: 'a', data: { name: 'two' } }));
    expect(called(trial)).toEqual(['two']);
    expect(trial.bus.deadLetters()).toMatchObject([{ event: { id: '1' } }]);
  });

  test('takes a dead letter that is redriven back into its line', async () => {
    const { trial, end } = gated({ ...rule, start: operation('deploy.getStatus', { name: '{% $event.data.name %}' }) });
    await trial.publish(of('1', 'a'), ...['2', '3'].map((id) => order(id, { subject: 'a', data: { name: id } })));
    const [letter] = trial.bus.deadLetters();
    expect(called(trial)).toEqual(['2']);
    trial.bus.redrive(letter!.id);
    await trial.settled();
    expect(trial.counts()).toEqual({ PENDING: 3 });
    await end('2');
    expect(called(trial)).toEqual(['2', '3']);
    expect(trial.counts()).toEqual({ DELIVERED: 1, DEAD: 1, PENDING: 1 });
  });

  test('keeps its order when another process takes over', async () => {
    const database = newDatabase();
    const first = new TrialBus({ rule }, { database, invoke: () => new Promise<Json>(() => {}) });
    await first.publish(of('a1', 'a'), of('a2', 'a'), of('a3', 'a'));
    first.bus.close();
    const second = new TrialBus({ rule }, { database });
    await second.settled();
    expect(called(second)).toEqual(['a1', 'a2', 'a3']);
  });

  test('that is ordered no more lets everything go', async () => {
    const database = newDatabase();
    const first = new TrialBus({ rule }, { database, invoke: () => new Promise<Json>(() => {}) });
    await first.publish(of('a1', 'a'), of('a2', 'a'));
    first.bus.close();
    const second = new TrialBus(
      { rule: { ...rule, ordered: false } },
      { database, invoke: () => new Promise(() => {}) },
    );
    await second.settled();
    expect(called(second)).toEqual(['a1', 'a2']);
  });

  test('takes a thousand events of one subject in their order', async () => {
    const trial = new TrialBus({ rule });
    const names = Array.from({ length: 1_000 }, (_, index) => `n${index}`);
    await Promise.all(names.map((name) => trial.bus.publish([of(name, 'a')])));
    await trial.settled();
    expect(called(trial)).toEqual(names);
  });
});

test('what an earlier version left is delivered', async () => {
  const database = newDatabase();
  database.exec(`create table bus_deliveries (number integer primary key autoincrement, rule text not null, cursor integer not null,
    replay text not null, status text not null, attempts integer not null default 0, created_at integer not null,
    due_at integer not null, result text, reason text, unique (cursor, rule, replay)) strict`);
  const { calls, counts } = await (async () => {
    const before = new TrialBus({}, { database });
    before.log.append(of('1', 'a'));
    database.exec(`insert into bus_deliveries (rule, cursor, replay, status, created_at, due_at)
      values ('rule', 1, '', 'PENDING', ${before.clock.now().getTime()}, 0)`);
    before.bus.close();
    const after = new TrialBus({ rule }, { database });
    await after.settled();
    return { calls: called(after), counts: after.counts() };
  })();
  expect([calls, counts]).toEqual([['1'], { DELIVERED: 1 }]);
});
