import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { LocalDatabase } from '../../../../../shared/drivers/database/local/index.ts';
import { isAlive } from '../../../../../shared/drivers/deploy/local/process.ts';
import { DatabaseTrial } from '../../../../conformance/database.ts';
import { eventually } from '../../../../eventually.ts';
import { DatabaseMachine } from './machine.ts';

let machine: DatabaseMachine;
let driver: LocalDatabase;
let trial: DatabaseTrial;
let name: string;

beforeAll(async () => {
  machine = new DatabaseMachine();
  driver = machine.open();
  trial = await machine.trial('PostgreSQL', driver);
  name = await trial.shared();
  await (await trial.content(name)).put('kept', 'whatever happens');
});
afterEach(() => trial.closeContents());
afterAll(() => machine.end());

/** Closes the driver as a host does, and takes the directory up with another one. */
async function handOver(engines: 'leave' | 'suspend'): Promise<void> {
  await trial.closeContents();
  await machine.close(driver, engines);
  driver = machine.open();
  trial = new DatabaseTrial({ ...trial.made, driver });
  await trial.becomes(name, 'Available');
}

const kept = async () => (await trial.content(name)).get('kept');

describe('the supervision of an engine', () => {
  test('an engine that is killed is started again at the same endpoint, with its data, and says so', async () => {
    const { endpoint } = await driver.describe(name);
    const before = machine.states(name).length;
    process.kill(machine.server(name).pid!, 'SIGKILL');
    await eventually(() => expect(machine.states(name).slice(before)).toEqual(['Starting', 'Available']));
    expect((await driver.describe(name)).endpoint).toEqual(endpoint);
    expect(await kept()).toBe('whatever happens');
  });

  test('an engine that outlives its host is adopted by the next one, and not started twice', async () => {
    const { pid, attempt } = machine.server(name);
    const before = machine.states(name).length;
    await handOver('leave');
    expect(machine.server(name)).toMatchObject({ pid, attempt });
    expect(machine.states(name).slice(before)).toEqual([]);
    expect(await kept()).toBe('whatever happens');
  });

  test('an engine whose host died before it could note its process is found by its fence', async () => {
    const { pid } = machine.server(name);
    await machine.close(driver, 'leave');
    machine.database.prepare('update database_servers set pid = null, started = null where instance = ?').run(name);
    driver = machine.open();
    trial = new DatabaseTrial({ ...trial.made, driver });
    await trial.becomes(name, 'Available');
    expect(machine.server(name).pid).toBe(pid);
  });

  test('an adopted engine that is killed is started again', async () => {
    await handOver('leave');
    const before = machine.states(name).length;
    process.kill(machine.server(name).pid!, 'SIGKILL');
    await eventually(() => expect(machine.states(name).slice(before)).toEqual(['Starting', 'Available']));
    expect(await kept()).toBe('whatever happens');
  });

  test('an engine that its host held still when it died goes on with the next host', async () => {
    await machine.close(driver, 'leave');
    process.kill(-machine.server(name).pid!, 'SIGSTOP');
    driver = machine.open();
    trial = new DatabaseTrial({ ...trial.made, driver });
    await trial.becomes(name, 'Available');
    expect(await kept()).toBe('whatever happens');
  });

  test('a host that closes ends its engines, and the next one starts them with their data', async () => {
    const { pid, started } = machine.server(name);
    await trial.closeContents();
    await machine.close(driver, 'suspend');
    expect(isAlive({ pid: pid!, started: started! })).toBe(false);
    driver = machine.open();
    trial = new DatabaseTrial({ ...trial.made, driver });
    await trial.becomes(name, 'Available');
    expect(await kept()).toBe('whatever happens');
  });

  test('a port that somebody else has taken meanwhile is given up for another one', async () => {
    const { endpoint } = await driver.describe(name);
    await driver.stop(name);
    await trial.becomes(name, 'Stopped');
    const intruder = createServer().listen(endpoint!.port, '127.0.0.1');
    await once(intruder, 'listening');
    try {
      await driver.start(name);
      const after = await trial.becomes(name, 'Available');
      expect(after.endpoint!.port).not.toBe(endpoint!.port);
      expect(await kept()).toBe('whatever happens');
    } finally {
      intruder.close();
    }
  });

  test('a snapshot that was accepted is taken by the next host', async () => {
    await driver.createSnapshot(name, `${name}-accepted`);
    await handOver('leave');
    expect((await trial.snapshotIsThere(`${name}-accepted`)).type).toBe('manual');
  });

  test('an instance that was accepted is made by the next host, without what the first one had begun', async () => {
    const half = trial.name();
    await driver.create(half, trial.config());
    await handOver('suspend');
    await trial.becomes(half, 'Available');
    await trial.remove(half);
  });
});
