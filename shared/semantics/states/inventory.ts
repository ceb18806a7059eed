import type { Json, JsonObject } from './definition.ts';
import { itemReaderFailed } from './errors.ts';

/** What the manifest.json of an S3 inventory says: where its files are, and what their columns hold. */
export interface Inventory {
  /** The bucket of the files, when the manifest names one. */
  bucket: string | undefined;
  keys: string[];
  columns: string[];
}

/** Reads the manifest of an S3 inventory; only CSV files can be read, as in Step Functions. */
export function parseInventory(manifest: Json): Inventory {
  if (manifest === null || typeof manifest !== 'object' || Array.isArray(manifest)) {
    throw itemReaderFailed('the manifest must be a JSON object, as the manifest.json of an S3 inventory is');
  }
  const { fileFormat, fileSchema, files, destinationBucket } = manifest;
  if (String(fileFormat).toUpperCase() !== 'CSV') {
    throw itemReaderFailed(`the inventory is in ${JSON.stringify(fileFormat)}; have it published as CSV`);
  }
  if (typeof fileSchema !== 'string')
    throw itemReaderFailed('the manifest has no fileSchema, the names of its columns');
  if (!Array.isArray(files)) throw itemReaderFailed('the manifest has no files');
  return {
    bucket: typeof destinationBucket === 'string' ? destinationBucket.replace(/^.*:/, '') : undefined,
    keys: files.map(keyOf),
    columns: fileSchema.split(',').map((column) => column.trim()),
  };
}

function keyOf(file: Json): string {
  const key = (file as JsonObject | null)?.key;
  if (typeof key === 'string') return key;
  throw itemReaderFailed(`a file of the manifest has no key: ${JSON.stringify(file)}`);
}
