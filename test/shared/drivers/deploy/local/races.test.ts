import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { VirtualClock } from '../../../../../shared/core/clock.ts';
import { CloudError } from '../../../../../shared/core/errors.ts';
import type { LocalDeploy } from '../../../../../shared/drivers/deploy/local/index.ts';
import { eventually } from '../../../../eventually.ts';
import { create, Machine, RecordedTraffic } from './machine.ts';

let machine: Machine;

beforeEach(() => {
  machine = new Machine();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await machine.end();
});

const becomesReady = (driver: LocalDeploy, ready: number): Promise<void> =>
  eventually(async () => expect(await driver.health('app', 'v1')).toMatchObject({ ready }));

const rest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A door that is shut: who comes waits until it is opened. */
class Door {
  readonly #opened = Promise.withResolvers<void>();
  readonly #reached = Promise.withResolvers<void>();
  /** Resolves when somebody waits. */
  readonly reached = this.#reached.promise;

  pass(): Promise<void> {
    this.#reached.resolve();
    return this.#opened.promise;
  }

  open(): void {
    this.#opened.resolve();
  }
}

describe('a replica whose start is still being prepared', () => {
  let door: Door;
  let driver: LocalDeploy;

  beforeEach(async () => {
    door = new Door();
    const secret = async (name: string): Promise<string> => {
      await door.pass();
      return name;
    };
    driver = await machine.start({ secret });
    await create(driver, { config: { secrets: [{ name: 'key', environmentVariable: 'KEY' }] } });
    await driver.scale('app', 'v1', 1);
    await door.reached;
  });

  const expectNothingStarted = async (): Promise<void> => {
    door.open();
    for (let turn = 0; turn < 10; turn++) await rest();
    expect(machine.pids()).toEqual([]);
  };

  test('never starts when it is stopped', async () => {
    await driver.scale('app', 'v1', 0);
    await eventually(() => expect(machine.replicas()).toEqual([]));
    await expectNothingStarted();
    expect(machine.replicas()).toEqual([]);
  });

  test('never starts when its revision is retired, which is forgotten at once', async () => {
    await driver.retire('app', 'v1');
    await eventually(async () => expect(await driver.list()).toEqual([]));
    await expectNothingStarted();
    expect(machine.replicas()).toEqual([]);
  });

  test('never starts when its driver is closed, but with the next one', async () => {
    await machine.close(driver, 'leave');
    await expectNothingStarted();
    expect(machine.replicas()).toMatchObject([{ attempt: 0 }]);
    const second = await machine.start();
    await becomesReady(second, 1);
    expect(machine.replicas()).toMatchObject([{ attempt: 1 }]);
  });

  test('is not running yet', async () => {
    expect(await driver.health('app', 'v1')).toEqual({ desired: 1, running: 0, ready: 0 });
    door.open();
    await becomesReady(driver, 1);
  });
});

describe('calls that cross', () => {
  test('scaling twice at the same time starts no surplus replica', async () => {
    const driver = await machine.start();
    await create(driver);
    await Promise.all([1, 2, 3].map(() => driver.scale('app', 'v1', 2)));
    expect(machine.replicas()).toHaveLength(2);
    await becomesReady(driver, 2);
    expect(machine.replicas()).toMatchObject([{ attempt: 1 }, { attempt: 1 }]);
  });

  test('scaling up while replicas stop starts new ones, and lets the old ones end', async () => {
    const driver = await machine.start();
    await create(driver);
    await driver.scale('app', 'v1', 2);
    await becomesReady(driver, 2);
    const before = machine.replicas().map(({ id }) => id);
    await Promise.all([driver.scale('app', 'v1', 0), driver.scale('app', 'v1', 2)]);
    await eventually(() => expect(machine.replicas().filter(({ stopping }) => stopping)).toEqual([]));
    await becomesReady(driver, 2);
    const after = machine.replicas().map(({ id }) => id);
    expect(after).toHaveLength(2);
    expect(after.filter((id) => before.includes(id))).toEqual([]);
  });

  test('a revision that is created again while it is being retired runs what it is created with', async () => {
    const driver = await machine.start({ stopGrace: 300 });
    await create(driver, { config: { envVars: { IGNORE_SIGTERM: 'yes' } } });
    await driver.scale('app', 'v1', 1);
    await becomesReady(driver, 1);
    await driver.retire('app', 'v1');
    await create(driver, { config: { version: '2' } });
    expect(await driver.list()).toMatchObject([{ revisions: [{ version: '2', desired: 0 }] }]);
  });

  test('a change of replicas does not give a removed deployment its endpoint back', async () => {
    const door = new Door();
    const traffic = new RecordedTraffic();
    const driver = await machine.start({ traffic });
    await create(driver);
    await driver.scale('app', 'v1', 1);
    await becomesReady(driver, 1);
    await driver.shiftTraffic('app', { v1: 100 });
    const setRoute = traffic.setRoute.bind(traffic);
    jest.spyOn(traffic, 'setRoute').mockImplementation(async (route) => {
      const answer = await setRoute(route);
      await door.pass();
      return answer;
    });
    process.kill(machine.pids()[0]!, 'SIGKILL');
    await door.reached;
    await driver.remove('app');
    door.open();
    for (let turn = 0; turn < 10; turn++) await rest();
    expect(machine.tables.endpoint('app')).toBeUndefined();
    expect(traffic.routes.has('app')).toBe(false);
  });

  test('traffic that is being shifted does not give a removed deployment an endpoint', async () => {
    const door = new Door();
    const traffic = new RecordedTraffic();
    const driver = await machine.start({ traffic });
    await create(driver);
    const setRoute = traffic.setRoute.bind(traffic);
    jest.spyOn(traffic, 'setRoute').mockImplementation(async (route) => {
      const answer = await setRoute(route);
      await door.pass();
      return answer;
    });
    const shifted = driver.shiftTraffic('app', { v1: 100 });
    await door.reached;
    await driver.remove('app');
    door.open();
    await shifted;
    expect(machine.tables.endpoint('app')).toBeUndefined();
  });
});

describe('an endpoint that fails', () => {
  const unavailable = new CloudError('Unavailable', 'the proxy is closed');

  test('does not keep replicas from stopping', async () => {
    const traffic = new RecordedTraffic();
    jest.spyOn(traffic, 'drain').mockRejectedValue(unavailable);
    const driver = await machine.start({ traffic });
    await create(driver);
    await driver.scale('app', 'v1', 1);
    await becomesReady(driver, 1);
    await driver.scale('app', 'v1', 0);
    await eventually(() => expect(machine.replicas()).toEqual([]));
  });

  test('is warned about, and does not end the host', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const traffic = new RecordedTraffic();
    const driver = await machine.start({ traffic });
    await create(driver);
    await driver.shiftTraffic('app', { v1: 100 });
    jest.spyOn(traffic, 'setRoute').mockRejectedValue(unavailable);
    await driver.scale('app', 'v1', 1);
    await becomesReady(driver, 1);
    await eventually(() => expect(warn).toHaveBeenCalledWith(expect.stringContaining('the proxy is closed')));
  });
});

describe('autoscaling', () => {
  const scaling = { minReplicas: 1, maxReplicas: 3 };

  test('leaves a revision alone that was scaled to nothing', async () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const clock = new VirtualClock(Date.now());
    const driver = await machine.start({ clock });
    await create(driver, { config: { scaling } });
    await driver.shiftTraffic('app', { v1: 100 });
    await clock.advance(600_000);
    expect(await driver.health('app', 'v1')).toEqual({ desired: 0, running: 0, ready: 0 });
    expect(warn).not.toHaveBeenCalled();
  });

  test('scales idle replicas down after the cooldown, which begins anew with a host', async () => {
    const clock = new VirtualClock(Date.now());
    const first = await machine.start({ clock });
    await create(first, { config: { scaling, healthChecks: { path: '/health', healthyThreshold: 1 } } });
    await first.scale('app', 'v1', 3);
    await first.shiftTraffic('app', { v1: 100 });
    await machine.close(first, 'leave');
    await clock.advance(3_600_000);
    const second = await machine.start({ clock });
    const ready = () =>
      eventually(async () => {
        await clock.advance(100);
        expect((await second.health('app', 'v1')).ready).toBe(3);
      });
    await ready();
    await clock.advance(120_000);
    expect(await second.health('app', 'v1')).toMatchObject({ desired: 3 });
    await eventually(async () => {
      await clock.advance(20_000);
      expect(await second.health('app', 'v1')).toEqual({ desired: 1, running: 1, ready: 1 });
    });
  });
});
