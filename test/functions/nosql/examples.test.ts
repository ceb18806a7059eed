import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { catalog } from '../../../functions/catalog.ts';
import { LocalHost } from '../../../infra/local/host.ts';
import type { Json } from '../../../shared/core/codecs.ts';

type Name = keyof typeof catalog;

describe('the examples of the operations on tables, one after the other', () => {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-nosql-'));
  let host: LocalHost;

  beforeAll(async () => {
    host = await LocalHost.start({ directory });
    await host.invoke('nosql.createTable', { name: 'albums', partitionKey: { name: 'album', type: 'String' } });
  });
  afterAll(async () => {
    await host.close();
    rmSync(directory, { recursive: true });
  });

  const item = { album: 'a', takenAt: 1, camera: 'c', tags: { $set: ['sea', 'sun'] } };
  const updated = { ...item, title: 'Sea', views: 1 };
  const version = expect.any(String);

  test.each<[Name, unknown]>([
    ['nosql.createTable', expect.objectContaining({ name: 'images', stream: 'Images', createdAt: expect.any(String) })],
    ['nosql.describeTable', expect.objectContaining({ name: 'images', localIndexes: [] })],
    ['nosql.listTables', { tables: ['albums', 'images'] }],
    ['nosql.putItem', { version }],
    ['nosql.getItem', { item, version }],
    ['nosql.updateItem', { item: updated, version }],
    ['nosql.query', { items: [updated] }],
    ['nosql.scan', { items: [updated] }],
    ['nosql.batchWrite', { processed: 2, unprocessed: [] }],
    ['nosql.getItem', {}],
    ['nosql.transactWrite', {}],
    [
      'nosql.query',
      {
        items: [
          { album: 'a', takenAt: 3 },
          { album: 'a', takenAt: 2 },
        ],
      },
    ],
    ['nosql.deleteItem', {}],
    ['nosql.deleteTable', {}],
    ['nosql.listTables', { tables: ['albums'] }],
  ])('%s', async (name, output) => {
    expect(await host.invoke(name, catalog[name].example as Json)).toEqual(output);
  });

  test('and a table that is gone is a TableNotFound', async () => {
    await expect(host.invoke('nosql.describeTable', catalog['nosql.describeTable'].example)).rejects.toMatchObject({
      code: 'DatabaseError.TableNotFound',
      details: { table: 'images' },
    });
  });
});
