import type { AttributeValue, Item } from '../../types/attributes.ts';
import type { ScanCondition } from '../../types/nosql.ts';
import { compareValues, sameValue } from './values.ts';

/** The first of some conditions that an item does not fulfil; none of an item that is not there exists. */
export function firstUnmet(conditions: readonly ScanCondition[], item: Item | undefined): ScanCondition | undefined {
  return conditions.find((condition) => !holds(condition, item));
}

/** Whether an item fulfils a condition; values of different types are different, and have no order. */
function holds(condition: ScanCondition, item: Item | undefined): boolean {
  const { attribute } = condition;
  const value = item && Object.hasOwn(item, attribute) ? item[attribute] : undefined;
  if (condition.kind === 'NotExists') return value === undefined;
  if (condition.kind === 'NotEquals') return value === undefined || !sameValue(value, condition.value);
  if (value === undefined) return false;
  switch (condition.kind) {
    case 'Exists':
      return true;
    case 'Equals':
      return sameValue(value, condition.value);
    case 'LessThan':
      return ordered(value, condition.value, (order) => order < 0);
    case 'LessThanOrEqual':
      return ordered(value, condition.value, (order) => order <= 0);
    case 'GreaterThan':
      return ordered(value, condition.value, (order) => order > 0);
    case 'GreaterThanOrEqual':
      return ordered(value, condition.value, (order) => order >= 0);
    case 'Between':
      return (
        ordered(value, condition.start, (order) => order >= 0) && ordered(value, condition.end, (order) => order <= 0)
      );
    case 'BeginsWith':
      return typeof value === 'string' && value.startsWith(condition.prefix);
    case 'Contains':
      return contains(value, condition.value);
  }
}

/** Whether a text has the other one in it, or a list or a set has the value as a member. */
export function contains(value: AttributeValue, part: AttributeValue): boolean {
  if (typeof value === 'string') return typeof part === 'string' && value.includes(part);
  if (value instanceof Uint8Array) return part instanceof Uint8Array && Buffer.from(value).includes(Buffer.from(part));
  if (!Array.isArray(value) && !(value instanceof Set)) return false;
  return [...value].some((member) => sameValue(member, part));
}

function ordered(a: AttributeValue, b: AttributeValue, fits: (order: number) => boolean): boolean {
  const order = compareValues(a, b);
  return order !== undefined && fits(order);
}
