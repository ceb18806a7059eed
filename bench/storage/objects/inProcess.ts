import { LocalStorage } from '../../../shared/drivers/storage/local/index.ts';
import { BucketConfig } from '../../../shared/types/storage.ts';
import { BUCKET, type ObjectStore } from './contender.ts';

/** Our store in this process, without HTTP. */
export async function openInProcess(directory: string): Promise<ObjectStore> {
  const store = await LocalStorage.open({ directory });
  await store.createBucket(BUCKET, BucketConfig.decode({}));
  return {
    put: (key, content) => store.putObject(BUCKET, key, content, { size: content.length }),
    async get(key) {
      let size = 0;
      for await (const chunk of (await store.getObject(BUCKET, key)).content) size += chunk.length;
      return size;
    },
    close: () => store.close(),
  };
}
