import type { Server } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Engine } from '../../../../../shared/drivers/database/local/engines/engine.ts';
import { mongodb } from '../../../../../shared/drivers/database/local/engines/mongodb.ts';
import { DatabaseMachine } from './machine.ts';
import { serveMongo } from './mongoServer.ts';

const LINE = '{"t":{"$date":"2026-05-05T12:00:00.000+00:00"},"msg":"listening"}';
const servers = new Map<number, Server>();

/** MongoDB is not among the packages of Debian, so that a server of the test answers beside a process that does nothing. */
const scripted: Engine = {
  ...mongodb,
  find: async () => ({ program: '/bin/sh', version: '8.0.1' }),
  configure: async (node) => {
    await mongodb.configure(node);
    servers.set(node.port, servers.get(node.port) ?? serveMongo(node.port, node.data));
  },
  command: () => ['/bin/sh', '-c', `echo '${LINE}'; exec sleep 600`],
};

let machine: DatabaseMachine;
afterEach(async () => {
  await machine.end();
  for (const server of servers.values()) server.close();
});

describe('an instance of MongoDB', () => {
  test('has an administrator of its own and a master with a password, also when it is restored', async () => {
    machine = new DatabaseMachine();
    const driver = machine.open({ engines: [scripted] });
    const trial = await machine.trial('MongoDB', driver);
    const name = await trial.fresh();
    expect(await driver.testConnection(name)).toBe(true);
    expect(await driver.connectionString(name)).toMatch(
      /^mongodb:\/\/master:[^@]{32}@127\.0\.0\.1:\d+\/\?authSource=admin$/,
    );
    const snapshot = await trial.snapshot(name);
    const copy = await trial.restored(snapshot);
    expect(await driver.testConnection(copy)).toBe(true);
    machine.secrets.write(`database/${copy}`, 'another');
    expect(await driver.testConnection(copy)).toBe(false);
    const all = { start: new Date(0), end: new Date(Date.now() + 60_000) };
    const metrics = ['DatabaseConnections', 'DatabaseSize', 'Transactions'];
    const values = (await driver.metrics(name, { metrics, ...all })).slice(-3).map(({ value }) => value);
    expect(values).toEqual([2, 4096, 7]);
    expect(await driver.logs(name, { logType: 'mongodb', start: new Date(0), end: new Date() })).toEqual([
      { timestamp: new Date('2026-05-05T12:00:00Z'), message: expect.stringContaining('listening') },
    ]);
  });
});
