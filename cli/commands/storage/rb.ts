import { Command } from 'commander';
import { parseAddress } from '../../objectAddress.ts';
import { PROVIDER_OPTION, type StorageOptions, storageOf } from '../../objectStorage.ts';
import { action } from '../../session.ts';

/** `cloudlib storage rb`: removes a bucket. */
export const rb = (): Command =>
  new Command('rb')
    .description('remove a bucket that is empty')
    .argument('<bucket>', 'its name')
    .option(...PROVIDER_OPTION)
    .action(
      action<StorageOptions>(async (session, name) => {
        const { bucket } = parseAddress(name!);
        await (await storageOf(session)).deleteBucket(bucket);
        session.terminal.result({ removed: bucket }, (paint) => `${paint.green('✔')} removed storage://${bucket}`);
      }),
    );
