import { z } from 'zod';
import { encode } from '../../../core/validation.ts';
import { invalid } from '../../../semantics/items/check.ts';
import { firstUnmet } from '../../../semantics/items/conditions.ts';
import type { Item } from '../../../types/attributes.ts';
import {
  type ItemPage,
  QueryCondition,
  type QueryOptions,
  ScanFilter,
  type ScanOptions,
} from '../../../types/nosql.ts';
import { successor } from './keys.ts';
import type { PageTokens } from './pageToken.ts';
import { beginningOf, fulfils, liesIn, stretchOf } from './query.ts';
import { itemOf, type Row, Rows } from './rows.ts';
import type { Table } from './table.ts';

/** The most that is read for one page, so that neither memory nor the event loop is held for long. */
const MOST_CHARACTERS = 1_000_000;

/** How many rows with consecutive numbers belong to one segment of a scan. */
const BLOCK = 256;

const isThere = ({ expiresAt }: Row, now: number): boolean => expiresAt === null || expiresAt > now;

/** Collects the items of a page until it is full. */
class Page {
  readonly items: Item[] = [];
  readonly #limit: number;
  #characters = 0;

  constructor(limit = Number.POSITIVE_INFINITY) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.items.length >= this.#limit || this.#characters >= MOST_CHARACTERS;
  }

  /** Takes the item of a row that was read, if it is one that is asked for. */
  take(row: Row, now: number, fits: (item: Item) => boolean): void {
    this.#characters += row.json.length;
    if (!isThere(row, now)) return;
    const item = itemOf(row);
    if (fits(item)) this.items.push(item);
  }
}

/** One page of the items of a partition. */
export function query(
  table: Table,
  conditions: QueryCondition[],
  { index, order = 'Ascending', limit, pageToken, consistent }: QueryOptions,
  tokens: PageTokens,
  now: number,
): ItemPage {
  const { keys, position, global } = table.keys(index);
  if (global && consistent)
    throw invalid(`${table.place}: a global index has no consistent reads; leave "consistent" out, or query the table`);
  const place = index === undefined ? table.place : `${table.place}, index "${index}"`;
  const stretch = stretchOf(place, keys, conditions, Rows.prefixOf(position));
  const descending = order === 'Descending';
  const request = ['query', table.id, encode(z.array(QueryCondition), conditions, 'conditions'), index ?? null, order];
  const after = pageToken === undefined ? undefined : Buffer.from(String(tokens.read(request, pageToken)), 'base64');
  const from = after ? (descending ? after : successor(after)) : beginningOf(stretch, descending);
  const page = new Page(limit);
  let last: Uint8Array | undefined;
  for (const { place: at, row } of table.rows.walk(position, from, descending)) {
    if (!liesIn(stretch, at)) break;
    if (page.isFull)
      return { items: page.items, nextPageToken: tokens.write(request, Buffer.from(last!).toString('base64')) };
    page.take(row, now, (item) => fulfils(stretch.contains, item));
    last = at;
  }
  return { items: page.items };
}

/** One page of all items of a table, or of one of its segments. */
export function scan(
  table: Table,
  filter: ScanFilter | undefined,
  { segment = { index: 0, of: 1 }, limit, pageToken }: ScanOptions,
  tokens: PageTokens,
  now: number,
): ItemPage {
  const request = ['scan', table.id, filter ? encode(ScanFilter, filter, 'filter') : null, segment.index, segment.of];
  const from = pageToken === undefined ? 0 : Number(tokens.read(request, pageToken));
  const page = new Page(limit);
  for (const row of segmentOf(table, from, segment)) {
    if (page.isFull) return { items: page.items, nextPageToken: tokens.write(request, row.item) };
    page.take(row, now, (item) => !filter || firstUnmet(filter.conditions, item) === undefined);
  }
  return { items: page.items };
}

/** The rows of a segment from a number on: every so many blocks one. */
function* segmentOf(table: Table, from: number, { index, of }: { index: number; of: number }): Generator<Row> {
  if (of === 1) return yield* table.rows.numbered(from, Number.MAX_SAFE_INTEGER);
  const round = BLOCK * of;
  const end = table.rows.last();
  for (let start = Math.floor(from / round) * round + index * BLOCK; start <= end; start += round) {
    yield* table.rows.numbered(Math.max(start, from), start + BLOCK);
  }
}
