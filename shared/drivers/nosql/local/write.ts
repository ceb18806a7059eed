import { CloudError } from '../../../core/errors.ts';
import { checkKey, checkValues, invalid, keyOf } from '../../../semantics/items/check.ts';
import { firstUnmet } from '../../../semantics/items/conditions.ts';
import { type ItemUpdate, namedTwice, UpdateError, updated } from '../../../semantics/items/update.ts';
import { type Item, itemToJson } from '../../../types/attributes.ts';
import type { CancellationReason, ScanCondition, UpdateOptions, WriteOptions, Written } from '../../../types/nosql.ts';
import { itemOf, type Row } from './rows.ts';
import type { RecordedChange, Table } from './table.ts';

/** What must hold of the item that is there. */
export type Expectations = Pick<UpdateOptions, 'conditions' | 'expectedVersion'>;

/** One write as it is asked for; a check writes nothing. */
export type Write = { expectations: Expectations } & (
  | { kind: 'Put'; item: Item }
  | { kind: 'Update'; key: Item; update: ItemUpdate }
  | { kind: 'Delete' | 'Check'; key: Item }
);

/** A write of which it is known that it can be done, and what it does. */
export interface PlannedWrite {
  table: Table;
  old: Row | undefined;
  /** The row that is there and whose time is up. */
  expired: Row | undefined;
  /** What is there afterwards, with its JSON form; undefined where nothing is. */
  item: Item | undefined;
  json?: string;
  changes: boolean;
}

/** Refuses a write of what cannot be written, whatever there is; what it leaves is for `plan` to look at. */
export function checkWrite(table: Table, write: Write): void {
  if (write.kind === 'Put') return;
  checkKey(table.place, table.description, write.key);
  if (write.kind !== 'Update') return;
  const twice = namedTwice(write.update);
  if (twice !== undefined)
    throw invalid(`${table.place}: the update changes "${twice}" in two ways; choose one of them`);
  const { set, remove = [], add = {}, append = {}, deleteFrom = {} } = write.update;
  for (const part of [set, add, append, deleteFrom]) checkValues(`${table.place}, update`, part);
  const changed = new Set([set, add, append, deleteFrom].flatMap((part) => Object.keys(part)).concat(remove));
  const part = Object.keys(write.key).find((name) => changed.has(name));
  if (part !== undefined)
    throw invalid(
      `${table.place}: "${part}" is part of the key and cannot change; delete the item and put another one`,
    );
}

/** The key that a write is about, whose attributes are always in the same order. */
export const keyOfWrite = (table: Table, write: Write): Item =>
  keyOf(table.description, write.kind === 'Put' ? write.item : write.key);

/** What a write will do, or `Conflict` when what it expects does not hold. */
export function plan(table: Table, write: Write, now: number): PlannedWrite {
  const put = write.kind === 'Put' ? { item: write.item, json: table.check(write.item) } : undefined;
  const key = keyOfWrite(table, write);
  const row = table.find(key);
  const isExpired = row !== undefined && row.expiresAt !== null && row.expiresAt <= now;
  const old = isExpired ? undefined : row;
  const before = old && itemOf(old);
  expect(table, key, write.expectations, old, before);
  const planned = { table, old, expired: isExpired ? row : undefined, changes: write.kind !== 'Check' };
  if (put) return { ...planned, ...put };
  if (write.kind !== 'Update') return { ...planned, item: undefined };
  const item = changed(table, before ?? key, write.update);
  return { ...planned, item, json: table.check(item) };
}

/** Does a planned write. The item whose time was up is gone before another one takes its place. */
export function carryOut(
  { table, old, expired, item, json, changes }: PlannedWrite,
  record: Recorder,
): string | undefined {
  if (!changes) return undefined;
  const recordOf = (change: RecordedChange): void => record(table, change);
  if (expired) table.delete(expired, recordOf, true);
  if (item && json) return String(table.put(item, json, old, recordOf));
  if (old) table.delete(old, recordOf);
  return undefined;
}

/** Is told of each change of an item, in the transaction in which it is made. */
export type Recorder = (table: Table, change: RecordedChange) => void;

/** What a write gives back. */
export function answer(
  planned: PlannedWrite,
  version: string | undefined,
  returning: (WriteOptions & UpdateOptions)['returning'] | 'New',
): Written {
  const item =
    returning === 'New' ? planned.item : returning === 'Old' && planned.old ? itemOf(planned.old) : undefined;
  return { ...(version !== undefined && { version }), ...(item && { item }) };
}

/** Why a part of a transaction cannot be done; anything but a reason of its own is thrown. */
export function reasonOf(error: unknown): CancellationReason {
  if (!(error instanceof CloudError)) throw error;
  const { code, message, details } = error;
  if (code === 'InvalidInput') return { kind: 'InvalidUpdate', message };
  if (code !== 'Conflict') throw error;
  return {
    kind: 'ConditionFailed',
    message,
    ...(details.version !== undefined && { version: String(details.version) }),
  };
}

function expect(
  table: Table,
  key: Item,
  { conditions = [], expectedVersion }: Expectations,
  row: Row | undefined,
  item: Item | undefined,
): void {
  if (expectedVersion !== undefined && expectedVersion !== String(row?.version)) {
    throw conflict(table, key, row, row ? `it has version ${row.version}, not ${expectedVersion}` : 'it is not there');
  }
  const unmet = firstUnmet(conditions, item);
  if (unmet)
    throw conflict(
      table,
      key,
      row,
      row ? `it does not fulfil ${textOf(unmet)}` : `it is not there, against ${textOf(unmet)}`,
    );
}

function changed(table: Table, before: Item, update: ItemUpdate): Item {
  try {
    return updated(before, update);
  } catch (error) {
    throw error instanceof UpdateError ? invalid(`${table.place}: ${error.message}`) : error;
  }
}

const textOf = ({ kind, attribute }: ScanCondition): string => `${kind} of "${attribute}"`;

function conflict(table: Table, key: Item, row: Row | undefined, reason: string): CloudError {
  const text = JSON.stringify(itemToJson(key));
  const resource = `item ${text.length > 200 ? `${text.slice(0, 199)}…` : text} of ${table.place}`;
  return new CloudError('Conflict', `${resource}: ${reason}; read it again`, {
    details: { resource, reason, ...(row && { version: String(row.version) }) },
  });
}
