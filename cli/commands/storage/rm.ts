import { Command } from 'commander';
import { CommandFailure } from '../../failure.ts';
import { parseAddress } from '../../objectAddress.ts';
import { PROVIDER_OPTION, type StorageOptions, storageOf } from '../../objectStorage.ts';
import { printableLine } from '../../plainText.ts';
import { action } from '../../session.ts';

interface Options extends StorageOptions {
  recursive?: boolean;
}

/** `cloudlib storage rm`: deletes objects. */
export const rm = (): Command =>
  new Command('rm')
    .description('delete an object; where versions are kept, they stay')
    .argument('<address>', 'storage://bucket/key')
    .option('-r, --recursive', 'all objects whose keys begin so')
    .option(...PROVIDER_OPTION)
    .action(
      action<Options>(async (session, text) => {
        const address = parseAddress(text!);
        const storage = await storageOf(session);
        const keys: string[] = [];
        if (session.options.recursive) {
          for await (const { key } of storage.objects(address.bucket, { prefix: address.key })) {
            await storage.deleteObject(address.bucket, key);
            keys.push(key);
          }
        } else {
          if (address.key === '') throw noKey(text!);
          await storage.headObject(address.bucket, address.key);
          await storage.deleteObject(address.bucket, address.key);
          keys.push(address.key);
        }
        session.terminal.result({ deleted: keys }, (paint) => {
          const what = keys.length === 1 ? printableLine(keys[0]!) : `${keys.length} objects`;
          return `${paint.green('✔')} deleted ${what}`;
        });
      }),
    );

const noKey = (text: string): CommandFailure =>
  new CommandFailure('InvalidInput', `"${text}" names no object`, {
    hint: 'write storage://bucket/key, or --recursive for all objects of the bucket',
  });
