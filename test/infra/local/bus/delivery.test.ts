import { describe, expect, test } from '@jest/globals';
import { operation } from '../../../../functions/operation.ts';
import { currentCause, MOST_HOPS, nextStep, stamped } from '../../../../infra/local/bus/cause.ts';
import { type Automation, event } from '../../../../shared/configuration.ts';
import type { Json } from '../../../../shared/core/codecs.ts';
import { Duration } from '../../../../shared/core/duration.ts';
import { CloudError } from '../../../../shared/core/errors.ts';
import { newDatabase, order, TrialBus } from './trialBus.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

const onOrder = event({ type: ['shop.order'] });
const invoking: Automation = {
  on: onOrder,
  start: operation('deploy.getStatus', { name: '{% $event.data.name %}' }),
};
const starting: Automation = {
  on: onOrder,
  start: { kind: 'workflow', workflow: 'pack', input: { order: '{% $event.id %}' } },
};
const down = (): Promise<never> => Promise.reject(new CloudError('Unavailable', 'it is down', { retry: 'backoff' }));

describe('an event that matches a rule', () => {
  test('invokes its operation with the input filled in from the event', async () => {
    const trial = new TrialBus({ status: invoking });
    await trial.publish(order('1', { data: { name: 'app' } }));
    expect(trial.calls).toEqual([
      {
        target: 'deploy.getStatus',
        input: { name: 'app' },
        name: expect.stringMatching(/^event-status-[0-9a-f]{24}$/),
      },
    ]);
    expect(trial.bus.find('1')).toMatchObject([
      {
        event: { id: '1' },
        deliveries: [
          {
            rule: 'status',
            status: 'DELIVERED',
            attempts: 1,
            result: { done: true },
            tries: [{ at: '2027-01-01T00:00:00.000Z' }],
          },
        ],
      },
    ]);
  });

  test('starts its workflow', async () => {
    const trial = new TrialBus({ pack: starting });
    await trial.publish(order('1'));
    expect(trial.calls).toMatchObject([{ target: 'pack', input: { order: '1' } }]);
  });

  test('goes to every rule that it matches and to no other', async () => {
    const trial = new TrialBus({
      pack: starting,
      status: { ...invoking, on: event({ type: [{ prefix: 'shop.' }] }) },
      refund: { ...starting, on: event({ type: ['shop.refund'] }) },
    });
    await trial.publish(order('1', { data: { name: 'app' } }));
    expect(trial.calls.map(({ target }) => target).sort()).toEqual(['deploy.getStatus', 'pack']);
  });

  test('and is undone with the transaction that it was part of leaves no delivery', async () => {
    const trial = new TrialBus({ pack: starting });
    trial.database.exec('begin');
    trial.bus.append(order('1'));
    trial.database.exec('rollback');
    await trial.settled();
    expect([trial.calls, trial.counts(), trial.log.end()]).toEqual([[], {}, 0]);
  });
});

describe('identity', () => {
  test('10,000 times the same event at once has one effect', async () => {
    const trial = new TrialBus({ pack: starting });
    const published = await Promise.all(Array.from({ length: 10_000 }, () => trial.bus.publish([order('1')])));
    await trial.settled();
    expect(published.filter(([one]) => !one!.duplicate)).toHaveLength(1);
    expect(trial.calls).toHaveLength(1);
  });

  test('is source and id together', async () => {
    const trial = new TrialBus({ pack: starting });
    await trial.publish(order('1'), order('2'), order('1', { source: '/other' }), order('1'));
    expect(trial.calls).toHaveLength(3);
    expect(new Set(trial.calls.map(({ name }) => name)).size).toBe(3);
  });

  test.each<[string, Duration | undefined, number]>([
    ['for 24 hours', undefined, DAY],
    ['for as long as the configuration says', Duration.minutes(10), 10 * MINUTE],
  ])('is kept %s', async (_what, identity, length) => {
    const trial = new TrialBus({ pack: starting }, { settings: identity ? { identity } : {} });
    await trial.publish(order('1'));
    await trial.advance(length - 1);
    await trial.publish(order('1'));
    expect(trial.calls).toHaveLength(1);
    await trial.advance(1);
    await trial.publish(order('1'));
    expect(trial.calls).toHaveLength(2);
    expect(trial.calls[0]!.name).not.toBe(trial.calls[1]!.name);
  });
});

describe('a target that fails', () => {
  test('is tried again under the same name, after a pause that doubles up to twelve minutes', async () => {
    const times: number[] = [];
    const trial = new TrialBus(
      { status: invoking },
      {
        invoke: () => {
          times.push(trial.clock.now().getTime());
          return down();
        },
      },
    );
    await trial.publish(order('1', { data: { name: 'app' } }));
    await trial.advance(60 * MINUTE);
    const pauses = times.slice(1).map((time, index) => (time - times[index]!) / 1000);
    expect(pauses.slice(0, 12)).toEqual([0.75, 1.5, 3, 6, 12, 24, 48, 96, 192, 384, 540, 540]);
    expect(new Set(trial.calls.map(({ name }) => name)).size).toBe(1);
  });

  test('and is down for a day ends in the dead letters after 24 hours, with the reason, and comes back by redrive', async () => {
    let up = false;
    const trial = new TrialBus({ status: invoking }, { invoke: async () => (up ? { fine: true } : down()) });
    await trial.publish(order('1', { data: { name: 'app' } }));
    await trial.advance(DAY - MINUTE * 15);
    expect(trial.counts()).toEqual({ PENDING: 1 });
    await trial.advance(MINUTE * 20);
    const [letter] = trial.bus.deadLetters();
    expect(letter).toMatchObject({
      status: 'DEAD',
      rule: 'status',
      event: { source: '/shop', id: '1', type: 'shop.order' },
    });
    expect(letter!.reason).toMatch(/^given up P1D after its event, with 1\d\d attempts.*Unavailable: it is down/);
    const { name } = trial.calls[0]!;

    up = true;
    expect(trial.bus.redrive(letter!.id)).toEqual({ redriven: 1 });
    await trial.settled();
    expect(trial.calls.at(-1)!.name).toBe(name);
    expect(trial.counts()).toEqual({ DELIVERED: 1 });
    expect(() => trial.bus.redrive(letter!.id)).toThrow(expect.objectContaining({ code: 'Conflict' }));
    expect(() => trial.bus.redrive(4711)).toThrow(expect.objectContaining({ code: 'NotFound' }));
  });

  test('for less than a day is reached when it comes back', async () => {
    let up = false;
    const trial = new TrialBus({ status: invoking }, { invoke: async () => (up ? { fine: true } : down()) });
    await trial.publish(order('1', { data: { name: 'app' } }));
    await trial.advance(DAY - 60 * MINUTE);
    up = true;
    await trial.advance(13 * MINUTE);
    expect(trial.counts()).toEqual({ DELIVERED: 1 });
  });

  test.each<[string, Automation['retry'], number]>([
    ['attempts', { maximumAttempts: 3 }, 3],
    ['time', { maximumAge: Duration.seconds(5) }, 3],
  ])('is tried within the number of %s of its rule', async (_what, retry, attempts) => {
    const trial = new TrialBus({ status: { ...invoking, retry: retry! } }, { invoke: down });
    await trial.publish(order('1', { data: { name: 'app' } }));
    await trial.advance(60 * MINUTE);
    expect(trial.calls).toHaveLength(attempts);
    expect(trial.bus.deadLetters()).toMatchObject([
      { attempts, reason: expect.stringContaining(`${attempts} attempts`) },
    ]);
    expect(trial.bus.find('1')[0]!.deliveries[0]!.tries).toHaveLength(attempts);
  });

  test('or is slow does not delay the others, nor more than eight of its own at once', async () => {
    const trial = new TrialBus(
      { stuck: { ...invoking, start: operation('deploy.getLogs', { name: 'app' }) }, status: invoking },
      { invoke: (name) => (name === 'deploy.getLogs' ? new Promise<Json>(() => {}) : Promise.resolve({})) },
    );
    const events = Array.from({ length: 50 }, (_, index) => order(`${index}`, { data: { name: 'app' } }));
    await trial.publish(...events);
    const reached = (target: string): number => trial.calls.filter((call) => call.target === target).length;
    expect(reached('deploy.getStatus')).toBe(50);
    expect(reached('deploy.getLogs')).toBe(8);
    expect(trial.counts()).toEqual({ DELIVERED: 50, PENDING: 50 });
  });
});

describe('a poison event', () => {
  test('that the input cannot be made from is a dead letter at once, and the rest flows on', async () => {
    const trial = new TrialBus({ status: invoking });
    await trial.publish(
      order('1', { data: { name: 'a' } }),
      order('2', { data: {} }),
      order('3', { data: { name: 'b' } }),
    );
    expect(trial.calls.map(({ input }) => input)).toEqual([{ name: 'a' }, { name: 'b' }]);
    expect(trial.bus.deadLetters()).toMatchObject([
      { event: { id: '2' }, attempts: 1, reason: expect.stringContaining('$event.data.name') },
    ]);
  });

  test('that the operation refuses is a dead letter at once', async () => {
    const refuse = (): Promise<never> => Promise.reject(new CloudError('InvalidInput', 'name: too long'));
    const trial = new TrialBus({ status: invoking }, { invoke: refuse });
    await trial.publish(order('1', { data: { name: 'a' } }));
    expect(trial.bus.deadLetters()).toMatchObject([{ attempts: 1, reason: 'InvalidInput: name: too long' }]);
  });
});

describe('a rule whose target emits what it matches', () => {
  test('is stopped after 16 hops, with an error that says so', async () => {
    let made = 0;
    const trial: TrialBus = new TrialBus(
      { loop: { ...invoking, start: operation('deploy.getStatus', { name: 'app' }) } },
      {
        invoke: async () => {
          await trial.bus.publish([stamped(order(`made-${++made}`))]);
          return {};
        },
      },
    );
    await trial.publish(order('first'));
    await trial.settled();
    expect(trial.calls).toHaveLength(MOST_HOPS + 1);
    expect(trial.bus.deadLetters()).toMatchObject([
      { attempts: 0, rule: 'loop', reason: expect.stringMatching(/chain of 17 deliveries.*change a pattern/) },
    ]);
  });

  test('is told by the count that events carry, which publishing inside of a delivery adds', () => {
    const cause = { hops: 3, trace: nextStep(undefined) };
    expect(stamped(order('1')).cloudlibhops).toBeUndefined();
    expect(currentCause.run(cause, () => stamped(order('1'))).cloudlibhops).toBe(3);
    expect(currentCause.run(cause, () => stamped(order('1', { cloudlibhops: 7 }))).cloudlibhops).toBe(7);
  });
});

describe('a process that ends in the middle of a delivery', () => {
  test('is followed by one that makes it again under the same name', async () => {
    const database = newDatabase();
    const first = new TrialBus({ status: invoking }, { database, invoke: () => new Promise<Json>(() => {}) });
    await first.publish(order('1', { data: { name: 'app' } }));
    first.bus.close();
    const second = new TrialBus({ status: invoking }, { database });
    await second.settled();
    expect(second.calls).toEqual(first.calls);
    expect(second.counts()).toEqual({ DELIVERED: 1 });
  });

  test('finds what was published for a rule that is gone among the dead letters', async () => {
    const database = newDatabase();
    const first = new TrialBus({ status: invoking }, { database, invoke: () => new Promise<Json>(() => {}) });
    await first.publish(order('1', { data: { name: 'app' } }));
    first.bus.close();
    const second = new TrialBus({}, { database });
    await second.settled();
    expect(second.bus.deadLetters()).toMatchObject([{ reason: expect.stringContaining('not in the configuration') }]);
  });
});

describe('a full disk', () => {
  test('refuses an event, keeps nothing of it, and takes it once there is space', async () => {
    const trial = new TrialBus({ pack: starting });
    await trial.settled();
    const { page_count: pages } = trial.database.prepare('pragma page_count').get() as { page_count: number };
    trial.database.exec(`pragma max_page_count = ${pages + 2}`);
    const large = order('1', { data: 'x'.repeat(100_000) });
    await expect(trial.bus.publish([large])).rejects.toMatchObject({ code: 'Unavailable', retry: 'backoff' });
    await trial.settled();
    expect([trial.calls, trial.log.end()]).toEqual([[], 0]);
    trial.database.exec('pragma max_page_count = 1000000');
    await trial.publish(large);
    expect(trial.counts()).toEqual({ DELIVERED: 1 });
  });
});

describe('a disk that fills up during a delivery', () => {
  test('has it made again under the same name once there is space', async () => {
    const ends: ((output: Json) => void)[] = [];
    const trial = new TrialBus({ status: invoking }, { invoke: () => new Promise((resolve) => ends.push(resolve)) });
    await trial.publish(order('1', { data: { name: 'app' } }));
    const { page_count: pages } = trial.database.prepare('pragma page_count').get() as { page_count: number };
    trial.database.exec(`pragma max_page_count = ${pages}`);
    const large = { text: 'x'.repeat(200_000) };
    ends[0]!(large);
    await trial.settled();
    const [delivery] = trial.bus.find('1')[0]!.deliveries;
    expect(delivery).toMatchObject({
      status: 'PENDING',
      reason: expect.stringMatching(/Unavailable: the disk .* is full/),
    });
    trial.database.exec('pragma max_page_count = 1000000');
    await trial.advance(1_000);
    ends[1]!(large);
    await trial.settled();
    expect(trial.counts()).toEqual({ DELIVERED: 1 });
    expect(new Set(trial.calls.map(({ name }) => name)).size).toBe(1);
  });
});

describe('a clock that jumps', () => {
  test.each([
    ['back by a day', -DAY],
    ['on by an hour', 60 * MINUTE],
  ])('%s does not keep a retry waiting', async (_how, jump) => {
    let up = false;
    const trial = new TrialBus({ status: invoking }, { invoke: async () => (up ? {} : down()) });
    await trial.publish(order('1', { data: { name: 'app' } }));
    await trial.advance(20 * MINUTE);
    const before = trial.calls.length;
    up = true;
    trial.clock.jump(jump);
    await trial.advance(13 * MINUTE);
    expect(trial.calls).toHaveLength(before + 1);
    expect(trial.counts()).toEqual({ DELIVERED: 1 });
  });
});

describe('a replay', () => {
  test('delivers the events of a time again, each once for a replay of the same name', async () => {
    const trial = new TrialBus({ pack: starting, status: invoking });
    await trial.publish(order('1', { data: { name: 'a' } }));
    await trial.advance(MINUTE);
    await trial.publish(order('2', { data: { name: 'b' } }));
    await trial.advance(MINUTE);
    await trial.publish(order('3', { data: { name: 'c' } }));
    trial.calls.length = 0;
    const range = { from: '2027-01-01T00:01:00Z', to: '2027-01-01T00:02:00Z', rule: 'pack', name: 'again' };
    expect(await trial.bus.replay(range)).toEqual({ replay: 'again', events: 1, deliveries: 1 });
    expect(await trial.bus.replay(range)).toEqual({ replay: 'again', events: 1, deliveries: 0 });
    await trial.settled();
    expect(trial.calls).toMatchObject([{ target: 'pack', input: { order: '2' } }]);
    const { rule: _, ...everyRule } = range;
    expect(await trial.bus.replay({ ...everyRule, name: 'other' })).toMatchObject({ deliveries: 2 });
  });

  test.each([
    [{ from: 'noon', to: '2027-01-01T00:00:00Z' }, 'InvalidInput'],
    [{ from: '2027-01-02T00:00:00Z', to: '2027-01-01T00:00:00Z' }, 'InvalidInput'],
    [{ from: '2027-01-01T00:00:00Z', to: '2027-01-02T00:00:00Z', rule: 'absent' }, 'NotFound'],
  ])('of %j is refused', async (request, code) => {
    await expect(new TrialBus({ pack: starting }).bus.replay(request)).rejects.toMatchObject({ code });
  });
});
