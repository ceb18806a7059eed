// Stores a stream of so many MiB and reads it back; prints how fast that was and how much memory it took.
import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { uploadStream } from '../../functions/storage/uploadStream.ts';
import { LocalStorage } from '../../shared/drivers/storage/local/index.ts';
import { BucketConfig } from '../../shared/types/storage.ts';
import { BUCKET } from './objects/contender.ts';

const MIB = 1024 * 1024;
const [how, directory, mebibytes] = process.argv.slice(2) as [string, string, string];
const size = Number(mebibytes) * MIB;

async function* content(): AsyncGenerator<Uint8Array> {
  const piece = randomBytes(MIB);
  for (let at = 0; at < size; at += MIB) yield piece;
}

interface Way {
  write(): Promise<unknown>;
  read(): Promise<AsyncIterable<Uint8Array>>;
}

async function files(): Promise<Way> {
  const path = join(directory, 'file');
  return {
    async write() {
      const file = await open(path, 'w');
      for await (const piece of content()) await file.write(piece);
      await file.sync();
      await file.close();
    },
    read: async () => createReadStream(path, { highWaterMark: MIB }),
  };
}

async function objects(): Promise<Way> {
  const store = await LocalStorage.open({ directory });
  await store.createBucket(BUCKET, BucketConfig.decode({}));
  return {
    write: () => uploadStream(store, { bucket: BUCKET, key: 'stream', stream: content(), size, kept: {} }),
    read: async () => (await store.getObject(BUCKET, 'stream')).content,
  };
}

const way = await (how === 'fs' ? files() : objects());
const begin = performance.now();
await way.write();
const written = performance.now();
let read = 0;
for await (const piece of await way.read()) read += piece.length;
if (read !== size) throw new Error(`${read} bytes were read instead of ${size}`);
const done = performance.now();
const speed = (milliseconds: number): number => Math.round(Number(mebibytes) / (milliseconds / 1000));
console.log(
  JSON.stringify({
    'write, MiB/s': speed(written - begin),
    'read, MiB/s': speed(done - written),
    'peak memory, MiB': Math.round(process.resourceUsage().maxRSS / 1024),
  }),
);
process.exit(0);
