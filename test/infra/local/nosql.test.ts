import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NoSQLTables } from '../../../functions/nosql/index.ts';
import { operation } from '../../../functions/operation.ts';
import { LocalHost } from '../../../infra/local/host.ts';
import { openDatabase } from '../../../infra/local/store/database.ts';
import { EventLog } from '../../../infra/local/store/events.ts';
import { defineConfig, event } from '../../../shared/configuration.ts';
import { decimal } from '../../../shared/core/decimal.ts';
import type { CloudEvent } from '../../../shared/host.ts';
import { local } from '../../../shared/provider.ts';
import { eventually } from '../../eventually.ts';
import { openDriver } from '../../shared/drivers/nosql/local/store.ts';

const PROGRAM = fileURLToPath(new URL('../../programs/nosqlUntilKilled.ts', import.meta.url));
const id = { name: 'id', type: 'String' } as const;
const newDirectory = (): string => mkdtempSync(join(tmpdir(), 'cloudlib-nosql-'));

/** The events of one table, oldest first. */
function changesIn(directory: string, table: string): CloudEvent[] {
  const database = openDatabase(directory);
  const events = new EventLog(database).after(0, 1_000_000).map(({ event }) => event);
  database.close();
  return events.filter(({ source }) => source === `/nosql/${table}`);
}

describe('tables of a host', () => {
  const directory = newDirectory();
  let host: LocalHost;
  let tables: NoSQLTables;

  beforeAll(async () => {
    const configuration = defineConfig({
      automations: {
        index: {
          on: event({ type: ['cloudlib.nosql.item.created'], source: ['/nosql/images'] }),
          start: operation('nosql.updateItem', {
            table: 'albums',
            key: { id: '{% $event.data.new.album %}' },
            add: { images: 1 },
          }),
        },
        again: {
          on: event({ type: ['cloudlib.nosql.item.updated'], source: ['/nosql/loops'] }),
          start: operation('nosql.updateItem', { table: 'loops', key: { id: 'a' }, add: { n: 1 } }),
        },
      },
    });
    host = await LocalHost.start({ directory, configuration });
    tables = new NoSQLTables(local(), { host: async () => host });
  });
  afterAll(async () => {
    await host.close();
    rmSync(directory, { recursive: true });
  });

  test('keep every type of value through the operations', async () => {
    const item = {
      id: 'a',
      number: decimal('12345678901234567890.5'),
      binary: new Uint8Array([0, 255]),
      set: new Set([1, 2]),
      map: { $set: null, list: [true, 'text'] },
    };
    await tables.createTable({ name: 'values', partitionKey: id });
    const { version } = await tables.putItem('values', item);
    expect(await tables.getItem('values', { id: 'a' })).toEqual(item);
    expect(await tables.getStoredItem('values', { id: 'a' })).toEqual({ item, version });
    expect(await tables.getItem('values', { id: 'b' })).toBeUndefined();
  });

  test('give all items of a query and of a scan, or as many as are asked for', async () => {
    await tables.createTable({
      name: 'many',
      partitionKey: id,
      sortKey: { name: 'n', type: 'Number' },
      stream: 'None',
    });
    const items = Array.from({ length: 1_200 }, (_, n) => ({ id: 'a', n }));
    await tables.batchWrite(items.map((item) => ({ kind: 'Put', table: 'many', item })));
    const ofA = { kind: 'KeyEquals', key: 'id', value: 'a' } as const;
    expect(await tables.query('many', ofA)).toEqual(items);
    expect(await tables.query('many', [ofA, { kind: 'KeyBetween', key: 'n', start: 3, end: 9 }], { limit: 2 })).toEqual(
      items.slice(3, 5),
    );
    expect(await tables.scan('many')).toHaveLength(1_200);
    expect(await tables.scan('many', undefined, { limit: 1_001 })).toHaveLength(1_001);
  });

  test('tell an automation of an item that was made', async () => {
    await tables.createTable({ name: 'images', partitionKey: id, stream: 'Images' });
    await tables.createTable({ name: 'albums', partitionKey: id });
    await tables.putItem('images', { id: 'one', album: 'sea' });
    await tables.putItem('images', { id: 'two', album: 'sea' });
    await eventually(async () =>
      expect(await tables.getItem('albums', { id: 'sea' })).toEqual({ id: 'sea', images: 2 }),
    );
  });

  test('publish an event that says which item of which table changed', async () => {
    await tables.createTable({ name: 'told', partitionKey: id, stream: 'Images' });
    await tables.putItem('told', { id: 'a', big: decimal('1e30') });
    const [event] = changesIn(directory, 'told');
    expect(event).toMatchObject({
      type: 'cloudlib.nosql.item.created',
      source: '/nosql/told',
      subject: '{"id":"a"}',
      data: { table: 'told', key: { id: 'a' }, new: { id: 'a', big: { $number: '1e+30' } } },
    });
    expect(event!.data).not.toHaveProperty('old');
  });

  test('of one name, one after the other, publish events of different identities', async () => {
    for (let time = 0; time < 2; time += 1) {
      await tables.createTable({ name: 'again', partitionKey: id });
      await tables.putItem('again', { id: 'a' });
      await tables.deleteTable('again');
    }
    expect(new Set(changesIn(directory, 'again').map((each) => each.id)).size).toBe(2);
  });

  test('end a chain of changes that cause one another', async () => {
    await tables.createTable({ name: 'loops', partitionKey: id });
    await tables.putItem('loops', { id: 'a', n: 0 });
    await tables.updateItem('loops', { id: 'a' }, {}, { add: { n: 1 } });
    await eventually(async () => {
      const letters = await host.bus.deadLetters();
      expect(letters.filter(({ rule }) => rule === 'again').map(({ reason }) => reason)).toEqual([
        expect.stringContaining('chain of 17 deliveries'),
      ]);
    });
    expect(await tables.getItem('loops', { id: 'a' })).toEqual({ id: 'a', n: 18 });
  });

  test('do a write once that is asked for twice under one request id', async () => {
    await tables.createTable({ name: 'once', partitionKey: id });
    const add = { table: 'once', key: { id: 'a' }, add: { n: 1 } };
    for (let time = 0; time < 2; time += 1) await host.invoke('nosql.updateItem', add, { requestId: 'the one' });
    expect(await tables.getItem('once', { id: 'a' })).toEqual({ id: 'a', n: 1 });
  });

  test('carry the current version of an item in a Conflict', async () => {
    await tables.createTable({ name: 'contested', partitionKey: id });
    const { version } = await tables.putItem('contested', { id: 'a' });
    await expect(tables.putItem('contested', { id: 'a' }, { expectedVersion: 'other' })).rejects.toMatchObject({
      code: 'Conflict',
      message: expect.stringContaining('item {"id":"a"} of table "contested"'),
      details: { version },
    });
  });
});

/** Runs the program on the directory until it has printed so many lines, and kills it; gives what it printed. */
async function writeUntilKilled(directory: string, lines: number): Promise<{ id: string; n: number }[]> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [PROGRAM, directory], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const written: { id: string; n: number }[] = [];
  for await (const line of createInterface(child.stdout)) {
    written.push(JSON.parse(line));
    if (written.length === lines) child.kill('SIGKILL');
  }
  return written;
}

test('a host that is killed again and again has one event for each change, in order, and no acknowledged write is lost', async () => {
  const directory = newDirectory();
  const acknowledged = new Map<string, number>();
  for (const lines of [5, 30]) {
    for (const { id: counter, n } of await writeUntilKilled(directory, lines))
      acknowledged.set(counter, Math.max(n, acknowledged.get(counter) ?? 0));
  }
  const changes = changesIn(directory, 'counters').map(
    ({ data }) => data as { sequence: string; new: { id: string; n: number } },
  );
  expect(changes.map(({ sequence }) => Number(sequence))).toEqual(changes.map((_, at) => at + 1));
  const database = openDatabase(directory);
  const tables = openDriver(database);
  for (const [counter, least] of acknowledged) {
    const counts = changes.filter((change) => change.new.id === counter).map((change) => change.new.n);
    expect(counts).toEqual(counts.map((_, at) => at + 1));
    expect(counts.length).toBeGreaterThanOrEqual(least);
    const { item } = (await tables.getItem('counters', { id: counter }))!;
    expect(item).toEqual({ id: counter, n: counts.length });
  }
  database.close();
  rmSync(directory, { recursive: true });
});
