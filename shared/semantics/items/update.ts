import { DecimalError, sum } from '../../core/decimal.ts';
import type { AttributeValue, Item } from '../../types/attributes.ts';
import type { UpdateOptions } from '../../types/nosql.ts';
import { difference, isNumeric, setType, union } from './values.ts';

/** What an update does to an item. */
export interface ItemUpdate extends Pick<UpdateOptions, 'remove' | 'add' | 'append' | 'deleteFrom'> {
  set: Item;
}

/** Raised for an update that does not fit the item: a text cannot be added to. */
export class UpdateError extends Error {
  override name = 'UpdateError';
}

/** The attribute that an update names twice, so that it would not be said which of the two counts. */
export function namedTwice({
  set,
  remove = [],
  add = {},
  append = {},
  deleteFrom = {},
}: ItemUpdate): string | undefined {
  const names = [set, add, append, deleteFrom].flatMap((part) => Object.keys(part)).concat(remove);
  return names.find((name, at) => names.indexOf(name) < at);
}

/** The item that an update leaves, which begins with nothing but the key where there was none. */
export function updated(before: Item, { set, remove = [], add = {}, append = {}, deleteFrom = {} }: ItemUpdate): Item {
  const item = new Map(Object.entries(before));
  for (const [name, value] of Object.entries(set)) item.set(name, value);
  for (const name of remove) item.delete(name);
  for (const [name, value] of Object.entries(add)) item.set(name, added(name, item.get(name), value));
  for (const [name, members] of Object.entries(append)) item.set(name, appended(name, item.get(name), members));
  for (const [name, value] of Object.entries(deleteFrom)) {
    const left = reduced(name, item.get(name), value);
    if (left === undefined) item.delete(name);
    else item.set(name, left);
  }
  return Object.fromEntries(item);
}

function added(name: string, value: AttributeValue | undefined, more: AttributeValue): AttributeValue {
  if (isNumeric(more)) {
    if (value !== undefined && !isNumeric(value))
      throw new UpdateError(`"${name}" is no number, so none can be added to it`);
    return total(name, value ?? 0, more);
  }
  if (!(more instanceof Set))
    throw new UpdateError(`only numbers and sets can be added, and what "${name}" is given is neither`);
  if (value === undefined) return more;
  if (!(value instanceof Set) || setType(value) !== setType(more))
    throw new UpdateError(`"${name}" is no set of the same type, so its members cannot be added to it`);
  return union(value, more);
}

function total(name: string, value: Parameters<typeof sum>[0], more: Parameters<typeof sum>[0]): AttributeValue {
  try {
    return sum(value, more);
  } catch (error) {
    if (error instanceof DecimalError) throw new UpdateError(`the sum of "${name}": ${error.message}`);
    throw error;
  }
}

function appended(name: string, value: AttributeValue | undefined, members: AttributeValue[]): AttributeValue[] {
  if (value === undefined) return members;
  if (!Array.isArray(value)) throw new UpdateError(`"${name}" is no list, so nothing can be appended to it`);
  return [...value, ...members];
}

function reduced(name: string, value: AttributeValue | undefined, members: AttributeValue): AttributeValue | undefined {
  if (!(members instanceof Set)) throw new UpdateError(`what is deleted from "${name}" must be a set`);
  if (value === undefined) return undefined;
  if (!(value instanceof Set) || setType(value) !== setType(members))
    throw new UpdateError(`"${name}" is no set of the same type, so no members can be taken out of it`);
  return difference(value, members);
}
