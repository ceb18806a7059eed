import { Command } from 'commander';
import { parseAddress } from '../../objectAddress.ts';
import { PROVIDER_OPTION, type StorageOptions, storageOf } from '../../objectStorage.ts';
import { action } from '../../session.ts';

interface Options extends StorageOptions {
  versioning?: boolean;
}

/** `cloudlib storage mb`: makes a bucket. */
export const mb = (): Command =>
  new Command('mb')
    .description('make a bucket')
    .argument('<bucket>', 'its name')
    .option('--versioning', 'keep earlier versions of its objects')
    .option(...PROVIDER_OPTION)
    .action(
      action<Options>(async (session, name) => {
        const { bucket } = parseAddress(name!);
        const { versioning } = session.options;
        const made = await (await storageOf(session)).createBucket(bucket, versioning ? { versioning: 'Enabled' } : {});
        session.terminal.result(made, (paint) => `${paint.green('✔')} made storage://${made.name}`);
      }),
    );
