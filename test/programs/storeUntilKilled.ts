// Writes, completes and deletes objects of the store that it is given until it is killed: three workers with a key of their own each, that
// print what they are about to do and that it was done. What a number stands for as content, `contentOf` says.
import { writeSync } from 'node:fs';
import { LocalStorage } from '../../shared/drivers/storage/local/index.ts';
import { contentOf } from './storeContent.ts';

const [directory, first] = process.argv.slice(2) as [string, string];
const store = await LocalStorage.open({ directory, publish: async () => undefined });
let next = Number(first);

const print = (line: object): number => writeSync(1, `${JSON.stringify(line)}\n`);

async function complete(key: string, content: Uint8Array): Promise<void> {
  const upload = await store.startUpload('bbb', key);
  const part = await store.uploadPart(upload, 3, content);
  await store.completeUpload(upload, [{ partNumber: 3, etag: part.etag }]);
}

async function work(key: string): Promise<never> {
  for (;;) {
    const number = next++;
    const removes = number % 5 === 0;
    print({ begin: number, key, removes });
    if (removes) await store.deleteObject('bbb', key);
    else if (number % 3 === 0) await complete(key, contentOf(number));
    else await store.putObject('bbb', key, contentOf(number));
    print({ done: number, key });
  }
}

await Promise.all(['one', 'two', 'three'].map(work));
