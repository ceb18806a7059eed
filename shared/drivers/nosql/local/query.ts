import { checkKeyValue, invalid, type KeySchema, own } from '../../../semantics/items/check.ts';
import { contains } from '../../../semantics/items/conditions.ts';
import { compareValues } from '../../../semantics/items/values.ts';
import type { AttributeValue, Item } from '../../../types/attributes.ts';
import type { QueryCondition } from '../../../types/nosql.ts';
import { afterPrefix, END, escaped, keyBytes, partitionPlace } from './keys.ts';

type Contains = Extract<QueryCondition, { kind: 'Contains' }>;
type RangeCondition = Exclude<QueryCondition, Contains>;

/** A stretch of a table or an index, and what its items must contain besides. */
export interface Stretch {
  from: Uint8Array;
  /** The first place that is outside; to the end of everything when undefined. */
  to: Uint8Array | undefined;
  contains: Contains[];
}

/** The stretch in which the items lie that fulfil all conditions; conditions that have none are refused. */
export function stretchOf(place: string, keys: KeySchema, conditions: QueryCondition[], prefix: Uint8Array): Stretch {
  const { partitionKey, sortKey } = keys;
  const containing = conditions.filter((condition) => condition.kind === 'Contains');
  const others = conditions.filter((condition) => condition.kind !== 'Contains');
  const ofPartition = others.filter(({ key }) => key === partitionKey.name);
  const ofSort = others.filter(({ key }) => key === sortKey?.name);
  const stray = others.find(({ key }) => key !== partitionKey.name && key !== sortKey?.name);
  if (stray)
    throw invalid(
      `${place}: "${stray.key}" is no key there, so ${stray.kind} cannot be asked of it; use an index or a scan`,
    );
  const [partition] = ofPartition;
  if (partition?.kind !== 'KeyEquals' || ofPartition.length > 1)
    throw invalid(
      `${place}: a query needs one KeyEquals of the partition key "${partitionKey.name}"; to look everywhere, scan`,
    );
  if (ofSort.length > 1)
    throw invalid(`${place}: a query can have one condition on the sort key "${sortKey!.name}" only`);
  checkKeyValue(place, partitionKey, 'partition', partition.value);
  const start = Buffer.concat([prefix, partitionPlace(partition.value)]);
  return { ...rangeOf(place, keys, ofSort[0], start), contains: containing };
}

/** The places of a partition, which begin with `start`, whose sort keys fulfil a condition. */
function rangeOf(
  place: string,
  { sortKey }: KeySchema,
  condition: RangeCondition | undefined,
  start: Uint8Array,
): Pick<Stretch, 'from' | 'to'> {
  if (!condition) return { from: start, to: afterPrefix(start) };
  if (condition.kind === 'BeginsWith') {
    if (sortKey!.type !== 'String')
      throw invalid(`${place}: BeginsWith needs a sort key of texts, and "${sortKey!.name}" is a ${sortKey!.type}`);
    const from = Buffer.concat([start, escaped(Buffer.from(condition.prefix))]);
    return { from, to: afterPrefix(from) };
  }
  const [first, last] =
    condition.kind === 'KeyEquals' ? [condition.value, condition.value] : [condition.start, condition.end];
  checkKeyValue(place, sortKey!, 'sort', first);
  checkKeyValue(place, sortKey!, 'sort', last);
  if (compareValues(first, last)! > 0)
    throw invalid(`${place}: KeyBetween of "${sortKey!.name}" ends before it starts`);
  const placeAt = (value: AttributeValue): Uint8Array => Buffer.concat([start, escaped(keyBytes(value)), END]);
  return { from: placeAt(first), to: afterPrefix(placeAt(last)) };
}

/** Where the walk through a stretch begins: at its first place, or, going back, right behind its last one. */
export function beginningOf({ from, to }: Stretch, descending: boolean): Uint8Array {
  return descending ? (to ?? Buffer.alloc(1, 0xff)) : from;
}

export function liesIn({ from, to }: Stretch, place: Uint8Array): boolean {
  return Buffer.compare(place, from) >= 0 && (to === undefined || Buffer.compare(place, to) < 0);
}

/** Whether an item has what the conditions besides the key ask for. */
export function fulfils(conditions: Contains[], item: Item): boolean {
  return conditions.every(({ key, value }) => {
    const found = own(item, key);
    return found !== undefined && contains(found, value);
  });
}
