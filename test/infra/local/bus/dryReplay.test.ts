import { describe, expect, test } from '@jest/globals';
import { operation } from '../../../../functions/operation.ts';
import { type Automation, event, http, schedule, webhook } from '../../../../shared/configuration.ts';
import { order, TrialBus } from './trialBus.ts';

const all = { from: '2027-01-01T00:00:00Z', to: '2027-01-02T00:00:00Z' };
const toName = operation('deploy.getStatus', { name: '{% $event.data.name %}' });
const orders: Automation = { on: event({ type: ['shop.order'] }), start: toName };
const large: Automation = {
  on: event({ type: ['shop.order'], data: { total: [{ numeric: ['>', 100] }] } }),
  start: toName,
};

async function trialWithOrders(): Promise<TrialBus> {
  const trial = new TrialBus({ orders });
  await trial.publish(
    order('1', { data: { name: 'a', total: 50 } }),
    order('2', { data: { name: 'b', total: 150 } }),
    order('3', { data: { total: 500 } }),
    order('4', { type: 'shop.note' }),
  );
  trial.calls.length = 0;
  return trial;
}

describe('a dry replay', () => {
  test('counts and lists what other rules would have started, and how that differs from those that run', async () => {
    const trial = await trialWithOrders();
    const notes: Automation = { on: event({ type: ['shop.note'] }), start: http('https://example.com/x?key=1') };
    const found = await trial.bus.dryReplay({ ...all, rules: { orders: large, notes } });
    expect(found.events).toBe(4);
    expect(found.rules).toEqual([
      { rule: 'orders', target: 'operation deploy.getStatus', starts: 2, added: 0, removed: 1, changed: 0, dead: 1 },
      { rule: 'notes', target: 'POST https://example.com/x', starts: 1, added: 1, removed: 0, changed: 0, dead: 0 },
    ]);
    expect(found.starts).toMatchObject([
      { rule: 'orders', event: { cursor: 1, id: '1' }, change: 'removed' },
      { rule: 'orders', event: { id: '2' } },
      { rule: 'orders', event: { id: '3' }, problem: expect.stringContaining('$event.data.name') },
      { rule: 'notes', event: { id: '4', type: 'shop.note' }, change: 'added' },
    ]);
    expect(found.starts[1]).not.toHaveProperty('change');
  });

  test('starts nothing and leaves nothing', async () => {
    const trial = await trialWithOrders();
    const before = [trial.counts(), trial.log.end()];
    await trial.bus.dryReplay({ ...all, rules: { orders: large } });
    await trial.settled();
    expect([trial.counts(), trial.log.end()]).toEqual(before);
    expect(trial.calls).toEqual([]);
  });

  test('of the rules that run differs in nothing', async () => {
    const found = await (await trialWithOrders()).bus.dryReplay(all);
    expect(found.rules).toMatchObject([{ starts: 3, added: 0, removed: 0, changed: 0, dead: 1 }]);
  });

  test('tells where the same events would start something else', async () => {
    const other = operation('deploy.getStatus', { name: 'other' });
    const found = await (await trialWithOrders()).bus.dryReplay({
      ...all,
      rules: { orders: { ...orders, start: other } },
    });
    expect(found.rules).toMatchObject([{ starts: 3, changed: 3, dead: 0 }]);
  });

  test('tells of a rule that is gone', async () => {
    const found = await (await trialWithOrders()).bus.dryReplay({ ...all, rules: {} });
    expect(found.rules).toMatchObject([{ rule: 'orders', starts: 0, removed: 3 }]);
  });

  test('looks at one rule and one time alone', async () => {
    const trial = await trialWithOrders();
    await trial.advance(60_000);
    await trial.publish(order('5', { data: { name: 'c', total: 200 } }));
    const found = await trial.bus.dryReplay({
      ...all,
      from: '2027-01-01T00:01:00Z',
      rule: 'orders',
      rules: { orders: large, large },
    });
    expect(found).toMatchObject({
      events: 1,
      rules: [{ rule: 'orders', starts: 1 }],
      starts: [{ event: { id: '5' } }],
    });
  });

  test('knows the events of webhooks and schedules', async () => {
    const running = {
      hook: { on: webhook.github({ secret: 's' }), start: toName },
      tick: { on: schedule('rate(1 day)'), start: toName },
    };
    const trial = new TrialBus(running);
    const pushed = { source: '/webhooks/hook', type: 'cloudlib.webhook.push' };
    await trial.publish(
      order('main', { ...pushed, data: { name: 'a', ref: 'main' } }),
      order('other', { ...pushed, data: { name: 'a', ref: 'other' } }),
      order('ping', { ...pushed, type: 'cloudlib.webhook.star', data: { name: 'a', ref: 'main' } }),
      order('fired', { source: '/schedules/tick', type: 'cloudlib.schedule', data: { name: 'a' } }),
      order('left out', { source: '/schedules/tick', type: 'cloudlib.schedule.skipped', data: { name: 'a' } }),
    );
    const rules = {
      ...running,
      hook: { ...running.hook, on: webhook.github({ secret: 's', event: 'push', match: { ref: ['main'] } }) },
    };
    const { starts } = await trial.bus.dryReplay({ ...all, rules });
    expect(starts.filter(({ change }) => change === undefined).map(({ event: { id } }) => id)).toEqual([
      'main',
      'fired',
    ]);
  });

  test('lists a thousand starts and counts the rest', async () => {
    const trial = new TrialBus({});
    await trial.publish(...Array.from({ length: 1_200 }, (_, index) => order(`${index}`, { data: { name: 'a' } })));
    const found = await trial.bus.dryReplay({ ...all, rules: { orders } });
    expect([found.events, found.starts.length, found.unlisted, found.rules[0]!.added]).toEqual([
      1_200, 1_000, 200, 1_200,
    ]);
  });

  test.each([
    [{ ...all, rules: { orders: { on: event({ type: 'x' }), start: toName } } }, 'InvalidInput'],
    [{ ...all, rule: 'absent' }, 'NotFound'],
    [{ from: all.to, to: all.from }, 'InvalidInput'],
  ])('of %j is refused', async (request, code) => {
    await expect((await trialWithOrders()).bus.dryReplay(request)).rejects.toMatchObject({ code });
  });
});
