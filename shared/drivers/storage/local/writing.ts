import type { Content, ObjectEncryption, PutOptions } from '../port.ts';
import { type WriteOptions, type Written, write } from './content.ts';
import { storeFailure } from './errors.ts';
import type { Given } from './rows.ts';
import { commit, type Store } from './store.ts';
import type { Changed } from './versions.ts';

/** What an object is given besides its content, with the defaults. */
export function givenTo(
  { storageClass = 'Standard', metadata = {}, headers = {}, tags = {} }: PutOptions,
  encryption: ObjectEncryption,
): Given {
  return { storageClass, metadata, headers, tags, encryption };
}

/** What a writer says of the content itself. */
export const expectedOf = ({
  size,
  checksum,
  contentMd5,
}: PutOptions): Pick<WriteOptions, 'size' | 'checksum' | 'contentMd5'> => ({
  ...(size !== undefined && { size }),
  ...(checksum && { checksum }),
  ...(contentMd5 !== undefined && { contentMd5 }),
});

/** Writes content; a failure of the disk says so. */
export async function writeContent(store: Store, content: Content, options: WriteOptions): Promise<Written> {
  try {
    return await write(store.files, content, options);
  } catch (error) {
    throw storeFailure(error, store.directory, 'writing');
  }
}

/** Commits the change that names content in the index; when that fails, its file is removed. */
export async function commitWritten<T extends Changed>(store: Store, { file }: Written, make: () => T): Promise<T> {
  const names = file === undefined ? [] : [file];
  try {
    return await commit(store, make);
  } catch (error) {
    store.files.discard(names);
    throw error;
  } finally {
    store.files.release(names);
  }
}
