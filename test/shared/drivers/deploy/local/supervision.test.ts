import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Clock, VirtualClock } from '../../../../../shared/core/clock.ts';
import type { ReplicaRow } from '../../../../../shared/drivers/deploy/local/database.ts';
import type { LocalDeploy } from '../../../../../shared/drivers/deploy/local/index.ts';
import { memoryLimitOf } from '../../../../../shared/drivers/deploy/local/quantities.ts';
import { DEFAULT_RESOURCES } from '../../../../../shared/types/deploy.ts';
import { eventually } from '../../../../eventually.ts';
import { create, isRunning, Machine, openBehindProxy, quick } from './machine.ts';

let machine: Machine;

beforeEach(() => {
  machine = new Machine();
});
afterEach(() => machine.end());

const expectReady = async (driver: LocalDeploy, count: number): Promise<void> =>
  expect((await driver.health('app', 'v1')).ready).toBe(count);

function defined<T>(value: T | undefined): T {
  expect(value).toBeDefined();
  return value!;
}

/** What the only replica answers to a request. */
async function ask(driver: LocalDeploy, path: string): Promise<{ pid: number; variable?: string; child?: number }> {
  const [answer] = await driver.probe('app', 'v1', [{ method: 'GET', path, expectStatus: 200, tolerance: 0 }]);
  return (answer as unknown as { body: { pid: number } }).body;
}

/** Turns the clock in small steps while real processes run, until `look` does not throw. */
const turning = <T>(clock: VirtualClock, look: () => T | Promise<T>, step = 100): Promise<T> =>
  eventually(async () => {
    await clock.advance(step);
    return look();
  });

describe('a replica that ends', () => {
  test('is started again as another process', async () => {
    const driver = await machine.start();
    await create(driver);
    await driver.scale('app', 'v1', 1);
    await eventually(() => expectReady(driver, 1));
    const [before] = machine.replicas() as [ReplicaRow];
    process.kill(before.pid!, 'SIGKILL');
    await eventually(() => expect(machine.replicas()).toMatchObject([{ id: before.id, attempt: 2, restarts: 1 }]));
    await eventually(() => expectReady(driver, 1));
    expect(machine.pids()).not.toEqual([before.pid]);
  });

  test('is not missed by clients while there is another one', async () => {
    const { driver, machine: behindProxy, close } = await openBehindProxy();
    try {
      await create(driver);
      await driver.scale('app', 'v1', 2);
      await eventually(() => expectReady(driver, 2));
      const endpoint = await driver.shiftTraffic('app', { v1: 100 });
      const statuses: number[] = [];
      const client = async (): Promise<void> => {
        statuses.push((await fetch(endpoint)).status);
      };
      for (let count = 0; count < 10; count++) await client();
      process.kill(behindProxy.pids()[0]!, 'SIGKILL');
      await eventually(async () => {
        await client();
        expect(behindProxy.replicas().map(({ restarts }) => restarts)).toContain(1);
        expect((await driver.health('app', 'v1')).ready).toBe(2);
      });
      for (let count = 0; count < 10; count++) await client();
      expect(new Set(statuses)).toEqual(new Set([200]));
    } finally {
      await close();
    }
  });

  test('waits twice as long before each next start, and at most 30 seconds', async () => {
    const turned = new VirtualClock(Date.now());
    const waits: number[] = [];
    const clock: Clock = {
      now: () => turned.now(),
      at(time, action) {
        waits.push(time.getTime() - turned.now().getTime());
        return turned.at(time, action);
      },
    };
    const driver = await machine.start({ clock });
    await create(driver, {
      config: { envVars: { CRASH_AFTER: '1' }, healthChecks: quick({ startPeriod: 'P1D' }) },
    });
    await driver.scale('app', 'v1', 1);
    await turning(turned, () => expect(machine.replicas()).toMatchObject([{ restarts: 10, pid: null }]), 5_000);
    const [tick, healthCheck] = [1_000, 100];
    expect(waits.filter((wait) => wait !== tick && wait !== healthCheck)).toEqual([
      200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000,
    ]);
  });

  test('takes along what it had started', async () => {
    const driver = await machine.start();
    await create(driver, { program: 'parent.mjs' });
    await driver.scale('app', 'v1', 1);
    await eventually(() => expectReady(driver, 1));
    const { pid, child } = await ask(driver, '/');
    expect(isRunning(child!)).toBe(true);
    process.kill(pid, 'SIGKILL');
    await eventually(() => expect(isRunning(child!)).toBe(false));
  });

  test('leaves no open file and no fence behind', async () => {
    const clock = new VirtualClock(Date.now());
    const driver = await machine.start({ clock });
    await create(driver, {
      config: { envVars: { CRASH_AFTER: '1' }, healthChecks: quick({ startPeriod: 'P1D' }) },
    });
    await driver.scale('app', 'v1', 1);
    const crashes = async (restarts: number): Promise<void> => {
      await turning(clock, () => expect(machine.replicas()[0]!.restarts).toBeGreaterThanOrEqual(restarts), 1_000);
      await eventually(() => expect(machine.pids()).toEqual([]));
    };
    await crashes(1);
    const before = readdirSync('/proc/self/fd').length;
    await crashes(6);
    // A health check that is under way has a socket.
    await eventually(() => expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before));
    expect(readdirSync(join(machine.directory, 'replicas', 'app', machine.replicas()[0]!.id))).toEqual([]);
  });

  test('counts as running only while it has a process', async () => {
    const clock = new VirtualClock(Date.now());
    const driver = await machine.start({ clock });
    await create(driver, { config: { envVars: { CRASH_AFTER: '1' } } });
    await driver.scale('app', 'v1', 1);
    await eventually(() => expect(machine.replicas()).toMatchObject([{ restarts: 1 }]));
    expect(await driver.health('app', 'v1')).toEqual({ desired: 1, running: 0, ready: 0 });
  });
});

describe('a crash loop', () => {
  test('is over, and no longer reported, when the replicas are ready', async () => {
    const clock = new VirtualClock(Date.now());
    const driver = await machine.start({ clock });
    await create(driver, { config: { healthChecks: quick({ startPeriod: 'P1D' }) } });
    await driver.scale('app', 'v1', 1);
    for (let restarts = 1; restarts <= 5; restarts++) {
      const pid = await turning(clock, () => defined(machine.pids()[0]));
      process.kill(pid, 'SIGKILL');
      await eventually(() => expect(machine.replicas()).toMatchObject([{ restarts }]));
    }
    expect((await driver.health('app', 'v1')).failed).toMatch(/crashed 5 times in a row: it was ended by SIGKILL/);
    await turning(clock, async () => expect(await driver.health('app', 'v1')).toMatchObject({ ready: 1 }));
    expect((await driver.health('app', 'v1')).failed).toBeUndefined();
  });

  test('is not what a replica is in that hangs now and then', async () => {
    const clock = new VirtualClock(Date.now());
    const driver = await machine.start({ clock, stopGrace: 100 });
    await create(driver, {
      config: { healthChecks: quick({ timeout: 'PT0.2S', unhealthyThreshold: 1, startPeriod: 'P1D' }) },
    });
    await driver.scale('app', 'v1', 1);
    for (const attempt of [1, 2]) {
      await turning(clock, () => expectReady(driver, 1));
      await clock.advance(11_000);
      await ask(driver, '/hang');
      await turning(clock, () => expect(machine.replicas()).toMatchObject([{ restarts: 1, attempt: attempt + 1 }]));
    }
  });
});

describe('a replica that does not behave', () => {
  test('is ended by SIGKILL after the grace when it ignores SIGTERM', async () => {
    const clock = new VirtualClock(Date.now());
    const driver = await machine.start({ clock, stopGrace: 5_000 });
    await create(driver, { config: { envVars: { IGNORE_SIGTERM: 'yes' } } });
    await driver.scale('app', 'v1', 1);
    await turning(clock, () => expectReady(driver, 1));
    const [pid] = machine.pids() as [number];
    await driver.scale('app', 'v1', 0);
    await clock.advance(4_900);
    expect(isRunning(pid)).toBe(true);
    await turning(clock, () => expect(isRunning(pid)).toBe(false));
    await eventually(() => expect(machine.replicas()).toEqual([]));
  });

  test('stays out of rotation while its health endpoint hangs, and is replaced when its patience is over', async () => {
    const driver = await machine.start();
    const healthChecks = quick({ timeout: 'PT0.05S', unhealthyThreshold: 2 });
    await create(driver, { config: { healthChecks, envVars: { HANG_HEALTH: 'yes' } } });
    await driver.scale('app', 'v1', 1);
    await driver.shiftTraffic('app', { v1: 100 });
    const first = await eventually(() => defined(machine.pids()[0]));
    await eventually(() => expect(machine.replicas()).toMatchObject([{ restarts: 1, attempt: 2 }]));
    expect(isRunning(first)).toBe(false);
    expect(await driver.health('app', 'v1')).toMatchObject({ ready: 0 });
    expect(machine.traffic.routes.get('app')?.targets).toEqual([]);
  });

  test('gets no requests any more once its health endpoint hangs', async () => {
    const driver = await machine.start();
    const healthChecks = quick({ timeout: 'PT0.1S', unhealthyThreshold: 2 });
    await create(driver, { config: { healthChecks } });
    await driver.scale('app', 'v1', 1);
    await eventually(() => expectReady(driver, 1));
    await driver.shiftTraffic('app', { v1: 100 });
    const targets = () => machine.traffic.routes.get('app')?.targets;
    expect(targets()).toHaveLength(1);
    await ask(driver, '/hang');
    await eventually(() => expect(targets()).toEqual([]));
    await eventually(() => expect(targets()).toHaveLength(1));
    expect(machine.replicas()).toMatchObject([{ restarts: 1 }]);
  });

  test('gets another port when it finds its own taken', async () => {
    const driver = await machine.start();
    const marker = join(machine.directory, 'taken');
    await create(driver, { program: 'portTakenOnce.mjs', config: { envVars: { MARKER: marker } } });
    await driver.scale('app', 'v1', 1);
    await eventually(() => expectReady(driver, 1));
    const [{ port, attempt }] = machine.replicas() as [ReplicaRow];
    expect(attempt).toBe(2);
    expect(port).not.toBe(Number(readFileSync(marker, 'utf8')));
  });

  test('is ended when it takes more memory than its limit, which the reason of the failure says', async () => {
    const clock = new VirtualClock(Date.now());
    const driver = await machine.start({ clock });
    const memory = { min: 64, max: 128, units: { kind: 'Memory', unit: 'MB' } } as const;
    await create(driver, {
      program: 'greedy.mjs',
      config: {
        resources: { ...DEFAULT_RESOURCES, memory },
        healthChecks: quick({ startPeriod: 'P1D', timeout: 'PT5S', unhealthyThreshold: 1_000 }),
      },
    });
    await driver.scale('app', 'v1', 1);
    const { failed } = await turning(
      clock,
      async () => {
        const health = await driver.health('app', 'v1');
        expect(health.failed).toBeDefined();
        return health;
      },
      500,
    );
    expect(failed).toMatch(/it used \d+ MB of memory, more than its limit of 128 MB/);
  });

  test('may take any memory where no maximum is given', () => {
    const memory = { min: 64, units: { kind: 'Memory', unit: 'MB' } } as const;
    expect(memoryLimitOf(memory)).toBeUndefined();
    expect(memoryLimitOf({ ...memory, max: 2 })).toBe(2 * 1024 ** 2);
  });
});
