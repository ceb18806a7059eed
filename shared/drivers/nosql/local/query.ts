import { checkKeyValue, invalid, type KeySchema, own } from '../../../semantics/items/check.ts';
import { contains } from '../../../semantics/items/conditions.ts';
import { compareValues } from '../../../semantics/items/values.ts';
import type { Item } from '../../../types/attributes.ts';
import type { QueryCondition } from '../../../types/nosql.ts';
import { afterPrefix, keyBytes, LEAST, type Place, successor } from './keys.ts';

type Contains = Extract<QueryCondition, { kind: 'Contains' }>;
type RangeCondition = Exclude<QueryCondition, Contains>;

/** A stretch of a table or an index, and what its items must contain besides. */
export interface Stretch {
  hash: Uint8Array;
  low: Uint8Array;
  /** The first that is outside; to the end of the partition when undefined. */
  high: Uint8Array | undefined;
  contains: Contains[];
}

/** The stretch in which the items lie that fulfil all conditions; conditions that have none are refused. */
export function stretchOf(place: string, keys: KeySchema, conditions: QueryCondition[]): Stretch {
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
  return { hash: keyBytes(partition.value), ...rangeOf(place, keys, ofSort[0]), contains: containing };
}

function rangeOf(
  place: string,
  { sortKey }: KeySchema,
  condition: RangeCondition | undefined,
): Pick<Stretch, 'low' | 'high'> {
  if (!condition) return { low: LEAST, high: undefined };
  if (condition.kind === 'BeginsWith') {
    if (sortKey!.type !== 'String')
      throw invalid(`${place}: BeginsWith needs a sort key of texts, and "${sortKey!.name}" is a ${sortKey!.type}`);
    if (condition.prefix === '') return { low: LEAST, high: undefined };
    const prefix = Buffer.from(condition.prefix);
    return { low: prefix, high: afterPrefix(prefix) };
  }
  const [start, end] =
    condition.kind === 'KeyEquals' ? [condition.value, condition.value] : [condition.start, condition.end];
  checkKeyValue(place, sortKey!, 'sort', start);
  checkKeyValue(place, sortKey!, 'sort', end);
  if (compareValues(start, end)! > 0) throw invalid(`${place}: KeyBetween of "${sortKey!.name}" ends before it starts`);
  return { low: keyBytes(start), high: successor(keyBytes(end)) };
}

/** Where the walk through a stretch begins: at its first place, or, going back, right behind its last one. */
export function beginningOf({ hash, low, high }: Stretch, descending: boolean): Place {
  if (!descending) return { hash, range: low, item: 0 };
  return high ? { hash, range: high, item: 0 } : { hash: successor(hash), range: LEAST, item: 0 };
}

export function liesIn({ hash, low, high }: Stretch, place: Place): boolean {
  return (
    Buffer.compare(place.hash, hash) === 0 &&
    Buffer.compare(place.range, low) >= 0 &&
    (high === undefined || Buffer.compare(place.range, high) < 0)
  );
}

/** Whether an item has what the conditions besides the key ask for. */
export function fulfils(conditions: Contains[], item: Item): boolean {
  return conditions.every(({ key, value }) => {
    const found = own(item, key);
    return found !== undefined && contains(found, value);
  });
}
