import { createRequire } from 'node:module';
import type { Bench } from './part.ts';
import { list } from './storage/listing.ts';
import { multipart } from './storage/multipart.ts';
import { nosql } from './storage/nosql.ts';
import { VERSION } from './storage/objects/versitygw.ts';
import { objects } from './storage/objects.ts';

/** What object storage and tables cost: beside the disk underneath, and beside what people would use instead. */
const storage: Bench = {
  parts: { objects, list, multipart, nosql },
  versions: () => ({
    versitygw: VERSION,
    dynalite: createRequire(import.meta.url)('dynalite/package.json').version,
  }),
};

export default storage;
