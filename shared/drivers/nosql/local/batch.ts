import { CloudError } from '../../../core/errors.ts';
import { invalid } from '../../../semantics/items/check.ts';
import { itemToJson } from '../../../types/attributes.ts';
import type { BatchOperation, BatchResult } from '../../../types/nosql.ts';
import type { Tables } from './tables.ts';
import { checkWrite, keyOfWrite, type Write } from './write.ts';

const MOST_OPERATIONS = 10_000;

/** How many writes of a batch are one commit. */
const AT_ONCE = 100;

/** The write that an operation of a batch asks for. */
export function writeOf(operation: BatchOperation): Write {
  return operation.kind === 'Put'
    ? { kind: 'Put', item: operation.item, expectations: {} }
    : { kind: 'Delete', key: operation.key, expectations: {} };
}

/** Refuses a batch of which a part can never be done, or which names an item twice: it would not be said which of the two counts. */
export function checkBatch(tables: Tables, operations: BatchOperation[]): void {
  if (operations.length === 0 || operations.length > MOST_OPERATIONS)
    throw invalid(`a batch needs 1 to ${MOST_OPERATIONS} operations, and this one has ${operations.length}`);
  const seen = new Set<string>();
  for (const operation of operations) {
    const table = tables.get(operation.table);
    const write = writeOf(operation);
    checkWrite(table, write);
    if (write.kind === 'Put') table.check(write.item);
    const key = `${operation.table} ${JSON.stringify(itemToJson(keyOfWrite(table, write)))}`;
    if (seen.has(key)) throw invalid(`a batch can do one thing to an item only, and names this one twice: ${key}`);
    seen.add(key);
  }
}

/** Does the operations some at a time; once some failed that may be tried again, they and those after them are given back. */
export async function inParts(
  operations: BatchOperation[],
  write: (part: BatchOperation[]) => Promise<void>,
): Promise<BatchResult> {
  for (let processed = 0; processed < operations.length; processed += AT_ONCE) {
    try {
      await write(operations.slice(processed, processed + AT_ONCE));
    } catch (error) {
      if (error instanceof CloudError && error.retry === 'backoff')
        return { processed, unprocessed: operations.slice(processed) };
      throw error;
    }
  }
  return { processed: operations.length, unprocessed: [] };
}
