import type { Json, JsonObject } from './definition.ts';
import { evaluateField } from './expressions.ts';
import { effectiveInput } from './flow.ts';
import { resolvePath, resolveTemplate } from './paths.ts';
import type { Visit } from './scope.ts';

/** ItemBatcher: groups the items of a distributed Map, by count and by size, each group with the BatchInput beside it. */
export function batchesOf(visit: Visit, items: Json[]): Json[] {
  const batcher = visit.state.ItemBatcher!;
  const mostItems = limitOf(visit, batcher, 'MaxItemsPerBatch');
  const mostBytes = limitOf(visit, batcher, 'MaxInputBytesPerBatch');
  const fixed = batchInput(visit, batcher);
  const batches: Json[][] = [];
  let bytes = 0;
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item)) + 1;
    const open = batches.at(-1);
    if (open && open.length < mostItems && bytes + size <= mostBytes) {
      open.push(item);
      bytes += size;
    } else {
      batches.push([item]);
      bytes = size;
    }
  }
  return batches.map((batch) => ({ ...fixed, Items: batch }));
}

function limitOf(visit: Visit, batcher: JsonObject, field: string): number {
  const path = batcher[`${field}Path`];
  if (typeof path === 'string') return Number(resolvePath(visit, path, effectiveInput(visit)));
  const value = batcher[field];
  if (value === undefined) return Number.POSITIVE_INFINITY;
  return Number(visit.language === 'JSONata' ? evaluateField(visit, `ItemBatcher/${field}`, value) : value);
}

function batchInput(visit: Visit, { BatchInput }: JsonObject): JsonObject {
  if (BatchInput === undefined) return {};
  const value =
    visit.language === 'JSONata'
      ? evaluateField(visit, 'ItemBatcher/BatchInput', BatchInput)
      : resolveTemplate(visit, 'ItemBatcher/BatchInput', BatchInput, effectiveInput(visit));
  return { BatchInput: value };
}
