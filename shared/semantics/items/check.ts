import type { Json } from '../../core/codecs.ts';
import { CloudError } from '../../core/errors.ts';
import { AttributeError, type AttributeValue, attributeToJson, type Item, itemToJson } from '../../types/attributes.ts';
import type { KeyAttribute, KeyType } from '../../types/nosql.ts';
import { LARGEST_ITEM, sizeOf } from './size.ts';
import { isNumeric } from './values.ts';

/** The most bytes of a value by which items are found. */
const LARGEST_KEY = { partition: 2048, sort: 1024 };

/** The attributes by which the items of a table or of an index are found. */
export interface KeySchema {
  partitionKey: KeyAttribute;
  sortKey?: KeyAttribute | undefined;
}

/** The JSON form of an item; refuses one with a value that cannot be kept, with a wrong key, or that is too large. */
export function checkedItem(place: string, keys: KeySchema, item: Item): { [name: string]: Json } {
  const json = checked(place, () => itemToJson(item));
  for (const { attribute, role } of attributesOf(keys))
    checkKeyValue(place, attribute, role, own(item, attribute.name));
  const size = sizeOf(item);
  if (size > LARGEST_ITEM)
    throw invalid(`${place}: the item has ${size} bytes, and at most ${LARGEST_ITEM} can be kept`);
  return json;
}

/** Refuses what is not the whole key of a table and nothing else. */
export function checkKey(place: string, keys: KeySchema, key: Item): void {
  const attributes = attributesOf(keys);
  const names = attributes.map(({ attribute }) => attribute.name);
  const other = Object.keys(key).find((name) => !names.includes(name));
  if (other !== undefined)
    throw invalid(`${place}: "${other}" is no part of the key, which is ${names.join(' and ')}; leave it out`);
  for (const { attribute, role } of attributes) checkKeyValue(place, attribute, role, own(key, attribute.name));
}

/** Refuses an item that has a value of the wrong type where an index looks; an item that lacks it is not in the index. */
export function checkIndexKey(place: string, keys: KeySchema, item: Item): void {
  for (const { attribute, role } of attributesOf(keys)) {
    const value = own(item, attribute.name);
    if (value !== undefined) checkKeyValue(place, attribute, role, value);
  }
}

/** Refuses a value that an attribute of a key cannot have. */
export function checkKeyValue(
  place: string,
  { name, type }: KeyAttribute,
  role: 'partition' | 'sort',
  value: AttributeValue | undefined,
): void {
  if (value === undefined) throw invalid(`${place}: the ${role} key "${name}" is missing; a ${type} is needed`);
  checked(`${place}, key "${name}"`, () => attributeToJson(value));
  if (keyTypeOf(value) !== type) throw invalid(`${place}: the ${role} key "${name}" must be a ${type}`);
  const bytes = typeof value === 'string' ? Buffer.byteLength(value) : value instanceof Uint8Array ? value.length : 1;
  if (bytes === 0) throw invalid(`${place}: the ${role} key "${name}" must not be empty`);
  if (bytes > LARGEST_KEY[role])
    throw invalid(
      `${place}: the ${role} key "${name}" has ${bytes} bytes, and at most ${LARGEST_KEY[role]} can be kept`,
    );
}

/** Refuses attributes with values that cannot be kept. */
export function checkValues(place: string, attributes: Item): void {
  checked(place, () => itemToJson(attributes));
}

function checked<T>(place: string, toJson: () => T): T {
  try {
    return toJson();
  } catch (error) {
    throw error instanceof AttributeError ? invalid(`${place}: ${error.message}`) : error;
  }
}

/** The key of an item that is known to have one. */
export function keyOf({ partitionKey, sortKey }: KeySchema, item: Item): Item {
  const names = sortKey ? [partitionKey.name, sortKey.name] : [partitionKey.name];
  return Object.fromEntries(names.map((name) => [name, item[name]!]));
}

/** An attribute of an item, and never what every object inherits. */
export const own = (item: Item, name: string): AttributeValue | undefined =>
  Object.hasOwn(item, name) ? item[name] : undefined;

function attributesOf({ partitionKey, sortKey }: KeySchema): { attribute: KeyAttribute; role: 'partition' | 'sort' }[] {
  const partition = { attribute: partitionKey, role: 'partition' as const };
  return sortKey ? [partition, { attribute: sortKey, role: 'sort' }] : [partition];
}

function keyTypeOf(value: AttributeValue): KeyType | undefined {
  if (typeof value === 'string') return 'String';
  if (isNumeric(value)) return 'Number';
  return value instanceof Uint8Array ? 'Binary' : undefined;
}

export function invalid(message: string): CloudError {
  return new CloudError('InvalidInput', message, { details: { issues: [{ path: '(value)', message }] } });
}
