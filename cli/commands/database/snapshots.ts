import { Command } from 'commander';
import { askDatabase, type ProviderOption, type SnapshotView, stateText } from '../../databases.ts';
import { printableLine } from '../../plainText.ts';
import { action } from '../../session.ts';
import { type Paint, table } from '../../terminal.ts';
import { ago } from '../../times.ts';

/** `cloudlib database snapshots`: those of one database or of all. */
export const snapshots = (): Command =>
  new Command('snapshots')
    .description('list the snapshots of a database, or all')
    .argument('[name]', 'the database')
    .action(
      action<ProviderOption>(async (session, name) => {
        const host = await session.host();
        const input = name === undefined ? {} : { instance: name };
        const answer = await askDatabase<{ snapshots: SnapshotView[] }>(host, 'listSnapshots', input, session.options);
        session.terminal.result(answer.snapshots, (paint) => listing(answer.snapshots, paint));
      }),
    );

function listing(all: SnapshotView[], paint: Paint): string {
  if (all.length === 0) return 'there is no snapshot yet; take one with "cloudlib database snapshot <name> <snapshot>"';
  const now = new Date();
  return table(
    paint,
    ['SNAPSHOT', 'DATABASE', 'TYPE', 'STATUS', 'TAKEN', ''],
    all.map(({ snapshot, type, failure }) => [
      paint.bold(snapshot.identifier),
      snapshot.instanceIdentifier,
      type,
      stateText(snapshot.status, paint),
      ago(new Date(snapshot.creationTime), now),
      paint.red(printableLine(failure ?? '')),
    ]),
  );
}
