import { Command } from 'commander';
import { askDatabase, awaitDatabase, type ProviderOption, type SnapshotView } from '../../databases.ts';
import { action } from '../../session.ts';

/** `cloudlib database snapshot`: takes a snapshot and waits until it is there. */
export const snapshot = (): Command =>
  new Command('snapshot')
    .description('take a snapshot of a database, and wait until it is there')
    .argument('<name>', 'the database')
    .argument('<snapshot>', 'the name of the snapshot')
    .action(
      action<ProviderOption>(async (session, instance, name) => {
        const host = await session.host();
        await askDatabase(host, 'createSnapshot', { instance, snapshot: name }, session.options);
        await awaitDatabase(host, { snapshot: name! }, session.options);
        const taken = await askDatabase<SnapshotView>(host, 'describeSnapshot', { snapshot: name }, session.options);
        session.terminal.result(taken, (paint) => `${paint.green('✔')} ${paint.bold(name!)} is there`);
      }),
    );
