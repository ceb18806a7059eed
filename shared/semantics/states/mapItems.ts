import type { Json, JsonObject } from './definition.ts';

/** One item of a Map; the key is there when the items are the entries of a JSON object. */
export interface MapItem {
  value: Json;
  key?: string;
}

/** The elements of an array, or the entries of an object; nothing of any other value. */
export function itemsIn(value: Json): MapItem[] | undefined {
  if (Array.isArray(value)) return value.map((element) => ({ value: element }));
  if (value === null || typeof value !== 'object') return undefined;
  return Object.entries(value).map(([key, entry]) => ({ key, value: entry }));
}

/** What an iteration is given without an ItemSelector: the element, or the entry as its Key and Value. */
export const inputOf = ({ key, value }: MapItem): Json => (key === undefined ? value : { Key: key, Value: value });

/** `Map` of the context object while an item is worked on. */
export const itemContext = ({ key, value }: MapItem, index: number): JsonObject => ({
  Item: { Index: index, ...(key !== undefined && { Key: key }), Value: value },
});
