/** What stores objects in the bench. */
export interface ObjectStore {
  put(key: string, content: Buffer): Promise<unknown>;
  /** Reads the whole object and answers its size. */
  get(key: string): Promise<number>;
  close(): Promise<void>;
}

export const BUCKET = 'bench';
