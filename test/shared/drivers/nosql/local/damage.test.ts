import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CloudError } from '../../../../../shared/core/errors.ts';
import type { LocalNoSQL } from '../../../../../shared/drivers/nosql/local/index.ts';
import { SeededRandom } from '../../../../../shared/semantics/states/random.ts';
import type { Item } from '../../../../../shared/types/nosql.ts';
import { openDriver, openStore } from './store.ts';

const PAGE = 4096;
const ITEMS: Item[] = Array.from({ length: 60 }, (_, n) => ({
  id: `part-${n % 4}`,
  at: n,
  color: n % 3 ? 'red' : 'blue',
  text: String(n).repeat(90),
}));

/** What a table answers: each item by its key, those of each partition, of each index and of the whole table. */
async function answersOf(driver: LocalNoSQL): Promise<(() => Promise<unknown>)[]> {
  const of = (key: string, value: string) => [{ kind: 'KeyEquals' as const, key, value }];
  return [
    ...ITEMS.map(
      ({ id, at }) =>
        async () =>
          (await driver.getItem('things', { id: id!, at: at! }))?.item,
    ),
    ...['part-0', 'part-1', 'part-2', 'part-3'].map(
      (id) => async () => (await driver.query('things', of('id', id))).items,
    ),
    ...['red', 'blue'].map(
      (color) => async () =>
        (await driver.query('things', of('color', color), { index: 'by-color', order: 'Descending' })).items,
    ),
    async () => (await driver.scan('things')).items,
    async () => driver.getItem('things', { id: 'part-1', at: 1.5 }),
  ];
}

describe('a database with damage on the disk', () => {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-damage-'));
  const path = join(directory, 'state.db');
  let whole: Buffer;
  let right: unknown[];
  /** Pages with items or entries in them: those of the database that came with the table. */
  let first: number;

  beforeAll(async () => {
    const store = openStore({ directory });
    first = store.database.prepare('pragma page_count').get()!.page_count as number;
    await store.driver.createTable({
      name: 'things',
      partitionKey: { name: 'id', type: 'String' },
      sortKey: { name: 'at', type: 'Number' },
      globalIndexes: [{ name: 'by-color', partitionKey: { name: 'color', type: 'String' } }],
    });
    await store.driver.batchWrite(ITEMS.map((item) => ({ kind: 'Put', table: 'things', item })));
    right = await Promise.all((await answersOf(store.driver)).map((ask) => ask()));
    await store.close();
    whole = readFileSync(path);
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  /** The answers of the database with some bytes changed: right, or the error. */
  async function answersWith(change: (bytes: Buffer) => void): Promise<unknown[]> {
    const bytes = Buffer.from(whole);
    change(bytes);
    writeFileSync(path, bytes);
    const database = new DatabaseSync(path);
    try {
      const driver = openDriver(database);
      return await Promise.all((await answersOf(driver)).map((ask) => ask().catch((error) => error)));
    } finally {
      database.close();
    }
  }

  /** How many answers were errors; none may be anything else but right. */
  function errorsIn(answers: unknown[], what: string): number {
    const errors = answers.filter((answer, at) => {
      if (!(answer instanceof Error)) expect([what, answer]).toEqual([what, right[at]]);
      return answer instanceof Error;
    });
    for (const error of errors) {
      expect(error).toBeInstanceOf(CloudError);
      expect([what, error]).toEqual([what, expect.objectContaining({ code: 'DatabaseError.DataDamaged' })]);
      expect((error as CloudError).message).toMatch(
        /^table "things" is damaged on the disk \(.+\), so nothing is read/,
      );
    }
    return errors.length;
  }

  test('answers rightly while there is none', async () => {
    expect(errorsIn(await answersWith(() => undefined), 'whole')).toBe(0);
  });

  test('never gives wrong data for a page that was overwritten', async () => {
    const pages = whole.length / PAGE;
    let damaged = 0;
    for (let page = first; page < pages; page += 1) {
      for (const value of [0, 0xa5])
        damaged += errorsIn(
          await answersWith((bytes) => bytes.fill(value, page * PAGE, (page + 1) * PAGE)),
          `page ${page}`,
        );
    }
    expect(damaged).toBeGreaterThan(100);
  });

  test('never gives wrong data for a byte that changed', async () => {
    const random = new SeededRandom('damage', 'bytes');
    const size = whole.length - first * PAGE;
    let damaged = 0;
    for (let time = 0; time < 120; time += 1) {
      const at = first * PAGE + Math.floor(random.number() * size);
      const bit = 1 << Math.floor(random.number() * 8);
      damaged += errorsIn(
        await answersWith((bytes) => {
          bytes[at]! ^= bit;
        }),
        `byte ${at % PAGE} of page ${Math.floor(at / PAGE)}, bit ${bit}`,
      );
    }
    expect(damaged).toBeGreaterThan(50);
  });

  test('never gives wrong data where a page says that it has fewer rows than it has', async () => {
    const CELL_COUNT = 4;
    let damaged = 0;
    for (let page = first; page < whole.length / PAGE; page += 1) {
      const change = (bytes: Buffer): void => {
        bytes[page * PAGE + CELL_COUNT]! -= 1;
      };
      if (whole[page * PAGE + CELL_COUNT]! > 0) damaged += errorsIn(await answersWith(change), `cells of page ${page}`);
    }
    expect(damaged).toBeGreaterThan(100);
  });
});
