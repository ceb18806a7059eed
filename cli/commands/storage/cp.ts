import { basename } from 'node:path';
import { Command } from 'commander';
import type { ObjectStorage, StreamOptions } from '../../../functions/storage/index.ts';
import { byteText } from '../../byteText.ts';
import { CommandFailure } from '../../failure.ts';
import { download, filesOf, fileWithin, isFolder, upload } from '../../fileTransfer.ts';
import { addressText, isAddress, type ObjectAddress, parseAddress, parseObject } from '../../objectAddress.ts';
import { PROVIDER_OPTION, type StorageOptions, storageOf } from '../../objectStorage.ts';
import { printableLine } from '../../plainText.ts';
import { action } from '../../session.ts';

interface Options extends StorageOptions {
  recursive?: boolean;
  resume?: boolean;
  contentType?: string;
}

interface Copied {
  from: string;
  to: string;
  bytes?: number;
}

/** `cloudlib storage cp`: files into the storage, objects out of it, or objects within it. */
export const cp = (): Command =>
  new Command('cp')
    .description('copy a file into the storage, an object out of it, or an object within it')
    .argument('<from>', 'file, - for standard input, or storage://bucket/key')
    .argument('<to>', 'file, - for standard output, or storage://bucket/key')
    .option('-r, --recursive', 'a folder with all that is in it, or all objects whose keys begin so')
    .option('--resume', 'keep what arrived of an upload that breaks off, and go on with it the next time')
    .option('--content-type <type>', 'what the content is, such as text/csv')
    .option(...PROVIDER_OPTION)
    .action(
      action<Options>(async (session, from, to) => {
        const copied = await copy(await storageOf(session), from!, to!, session.options);
        // What was written to standard output is the result.
        if (to === '-') return;
        session.terminal.result(
          copied,
          (paint) =>
            copied.map((one) => `${paint.green('✔')} ${textOf(one)}`).join('\n') || 'there was nothing to copy',
        );
      }),
    );

function copy(storage: ObjectStorage, from: string, to: string, options: Options): Promise<Copied[]> {
  if (isAddress(from) && isAddress(to)) return copyWithin(storage, from, to, options);
  if (isAddress(from)) return copyOut(storage, from, to, options);
  if (isAddress(to)) return copyIn(storage, from, to, options);
  throw new CommandFailure('InvalidInput', `neither "${from}" nor "${to}" is in the storage`, {
    hint: 'write storage://bucket/key for the one that is',
  });
}

async function copyIn(storage: ObjectStorage, from: string, to: string, options: Options): Promise<Copied[]> {
  const { bucket, key } = parseAddress(to);
  const { resume, contentType, recursive } = options;
  const kept: StreamOptions = { ...(resume && { resume }), ...(contentType && { headers: { contentType } }) };
  const files = recursive ? await filesOf(from, key) : [{ file: from, key: named(key, from) }];
  const copied: Copied[] = [];
  for (const { file, key } of files) {
    const bytes = await upload(storage, file, { bucket, key }, kept);
    copied.push({ from: file, to: addressText({ bucket, key }), bytes });
  }
  return copied;
}

async function copyOut(storage: ObjectStorage, from: string, to: string, options: Options): Promise<Copied[]> {
  if (!options.recursive) {
    const address = parseObject(from);
    const folder = to.endsWith('/') || (await isFolder(to));
    const file = folder ? fileWithin(to, address.key.split('/').at(-1)!, address) : to;
    return [{ from, to: file, bytes: await download(storage, address, file) }];
  }
  const { bucket, key: prefix } = parseAddress(from);
  const copied: Copied[] = [];
  for await (const { key } of storage.objects(bucket, { prefix })) {
    const address = { bucket, key };
    const file = fileWithin(to, key.slice(folderOf(prefix).length), address);
    copied.push({ from: addressText(address), to: file, bytes: await download(storage, address, file) });
  }
  return copied;
}

async function copyWithin(storage: ObjectStorage, from: string, to: string, options: Options): Promise<Copied[]> {
  const target = parseAddress(to);
  const one = async (source: ObjectAddress, key: string): Promise<Copied> => {
    await storage.copyObject(source.bucket, source.key, target.bucket, key);
    return { from: addressText(source), to: addressText({ ...target, key }) };
  };
  if (!options.recursive) {
    const source = parseObject(from);
    return [await one(source, named(target.key, source.key))];
  }
  const { bucket, key: prefix } = parseAddress(from);
  const copied: Copied[] = [];
  for await (const { key } of storage.objects(bucket, { prefix })) {
    copied.push(await one({ bucket, key }, target.key + key.slice(folderOf(prefix).length)));
  }
  return copied;
}

/** A key that is a folder gets the name of what is copied. */
function named(key: string, from: string): string {
  if (key !== '' && !key.endsWith('/')) return key;
  if (from !== '-') return key + basename(from);
  throw new CommandFailure('InvalidInput', 'what comes from standard input has no name', {
    hint: 'write the whole key: storage://bucket/key',
  });
}

const folderOf = (prefix: string): string => prefix.slice(0, prefix.lastIndexOf('/') + 1);

const textOf = ({ from, to, bytes }: Copied): string =>
  `${printableLine(from)} → ${printableLine(to)}${bytes === undefined ? '' : `  ${byteText(bytes)}`}`;
