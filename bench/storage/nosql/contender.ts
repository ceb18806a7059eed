/** A store of items that is measured, with a table in it whose keys are a text and a number. */
export interface Contender {
  /** Writes an item whose text is another one each time: what does not change SQLite does not write. */
  put(partition: number, at: number, n: number): Promise<unknown>;
  get(partition: number, at: number): Promise<unknown>;
  /** All items of a partition. */
  query(partition: number): Promise<unknown>;
  close(): Promise<void>;
}

export const TABLE = 'things';
export const PARTITIONS = 50;
export const SORT_KEYS = 10;

/** What an item carries besides its key: 1 KB. */
export const textOf = (n: number): string => String(n).padEnd(1_000, 'x');
