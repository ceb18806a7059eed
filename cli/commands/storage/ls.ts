import { Command } from 'commander';
import type { ObjectInfo } from '../../../shared/types/storage.ts';
import { byteText } from '../../byteText.ts';
import { parseAddress } from '../../objectAddress.ts';
import { PROVIDER_OPTION, type StorageOptions, storageOf } from '../../objectStorage.ts';
import { printableLine } from '../../plainText.ts';
import { action } from '../../session.ts';
import { type Paint, table } from '../../terminal.ts';

interface Options extends StorageOptions {
  recursive?: boolean;
}

/** `cloudlib storage ls`: buckets, or what is in one. */
export const ls = (): Command =>
  new Command('ls')
    .description('list the buckets, or the objects of one')
    .argument('[address]', 'storage://bucket, or with the beginning of keys behind it')
    .option('-r, --recursive', 'all objects instead of those of one folder')
    .option(...PROVIDER_OPTION)
    .action(
      action<Options>(async (session, address) => {
        const storage = await storageOf(session);
        if (address === undefined) {
          const buckets = await storage.listBuckets();
          const rows = buckets.map(({ name, creationDate, versioning }) => [
            creationDate.toISOString().slice(0, 19),
            versioning === 'Enabled' ? 'versions' : '',
            printableLine(`storage://${name}`),
          ]);
          session.terminal.result(buckets, (paint) =>
            rows.length
              ? table(paint, ['created', '', 'bucket'], rows)
              : 'no buckets; make one with "cloudlib storage mb"',
          );
          return;
        }
        const { bucket, key } = parseAddress(address);
        const found = session.options.recursive
          ? { folders: [], objects: await storage.listObjects(bucket, key) }
          : await storage.listFolder(bucket, key);
        session.terminal.result(found, (paint) => listing(found.folders, found.objects, paint));
      }),
    );

function listing(folders: string[], objects: ObjectInfo[], paint: Paint): string {
  if (folders.length + objects.length === 0) return 'nothing';
  return table(
    paint,
    ['changed', 'size', 'key'],
    [
      ...folders.map((folder) => ['', '', paint.bold(printableLine(folder))]),
      ...objects.map(({ key, size, lastModified }) => [
        lastModified.toISOString().slice(0, 19),
        byteText(size),
        printableLine(key),
      ]),
    ],
  );
}
