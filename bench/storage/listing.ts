import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalStorage } from '../../shared/drivers/storage/local/index.ts';
import type { ListOptions } from '../../shared/drivers/storage/port.ts';
import { BucketConfig } from '../../shared/types/storage.ts';
import type { Part } from '../part.ts';
import { BUCKET } from './objects/contender.ts';
import { atOnce } from './objects.ts';
import { QUICK } from './quick.ts';

const OBJECTS = QUICK ? 2_000 : 100_000;
const FOLDERS = 100;

/** A bucket of many keys: all of them in pages, and its folders alone, which must not go through all that is in them. */
export const list: Part = async () => {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-bench-'));
  const store = await LocalStorage.open({ directory });
  try {
    await store.createBucket(BUCKET, BucketConfig.decode({}));
    const empty = new Uint8Array();
    const key = (n: number): string => `folder-${n % FOLDERS}/object-${String(n).padStart(7, '0')}`;
    await atOnce(OBJECTS, 256, (n) => store.putObject(BUCKET, key(n), empty));
    return [await walk(store, 'all keys', {}), await walk(store, 'folders', { delimiter: '/' })];
  } finally {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
};

async function walk(store: LocalStorage, listing: string, options: ListOptions) {
  const begin = performance.now();
  const times: number[] = [];
  let found = 0;
  for (let after: string | undefined; ; ) {
    const from = performance.now();
    const page = await store.listObjects(BUCKET, { ...options, after });
    times.push(performance.now() - from);
    found += page.entries.length + page.commonPrefixes.length;
    if (page.next === undefined) break;
    after = page.next;
  }
  return {
    listing,
    'objects there': OBJECTS,
    found,
    pages: times.length,
    ms: Math.round(performance.now() - begin),
    'slowest page, ms': Math.round(Math.max(...times) * 10) / 10,
  };
}
