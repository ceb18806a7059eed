// Streams so many MiB into the store that it is given and out again, in one put and in parts, and prints how much memory that took.
import { createHash } from 'node:crypto';
import { LocalStorage } from '../../shared/drivers/storage/local/index.ts';

const [directory, size] = process.argv.slice(2) as [string, string];
const MIB = 1024 * 1024;
const store = await LocalStorage.open({ directory });

async function* content(mebibytes: number): AsyncGenerator<Uint8Array> {
  for (let count = 0; count < mebibytes; count++) {
    const piece = Buffer.alloc(MIB);
    piece.writeUInt32BE(count);
    yield piece;
  }
}

async function md5Of(key: string): Promise<string> {
  const hash = createHash('md5');
  for await (const piece of (await store.getObject('bbb', key)).content) hash.update(piece);
  return hash.digest('hex');
}

const half = Math.floor(Number(size) / 2);
const { etag } = await store.putObject('bbb', 'once', content(half));
const upload = await store.startUpload('bbb', 'parts');
const part = await store.uploadPart(upload, 1, content(half));
await store.completeUpload(upload, [{ partNumber: 1, etag: part.etag }]);
const read = [await md5Of('once'), await md5Of('parts')];
await store.close();
console.log(JSON.stringify({ etag, read, peak: process.resourceUsage().maxRSS * 1024 }));
