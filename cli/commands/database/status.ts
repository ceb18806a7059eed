import { Command } from 'commander';
import { askDatabase, type DatabaseView, type ProviderOption, stateText } from '../../databases.ts';
import { printableLine } from '../../plainText.ts';
import { action } from '../../session.ts';
import { fields, type Paint, table } from '../../terminal.ts';
import { ago } from '../../times.ts';

/** `cloudlib database status`: one database in full, or all of them in a table. */
export const status = (): Command =>
  new Command('status')
    .description('tell how a database stands, or list all')
    .argument('[name]', 'the database')
    .action(
      action<ProviderOption>(async (session, name) => {
        const { options, terminal } = session;
        const host = await session.host();
        if (name !== undefined) {
          const instance = await askDatabase<DatabaseView>(host, 'describeInstance', { name }, options);
          return terminal.result(instance, (paint) => describe(instance, paint));
        }
        const { instances } = await askDatabase<{ instances: DatabaseView[] }>(host, 'listInstances', {}, options);
        terminal.result(instances, (paint) => listing(instances, paint));
      }),
    );

function listing(instances: DatabaseView[], paint: Paint): string {
  if (instances.length === 0) return 'there is no database yet; make one with "cloudlib database create <name>"';
  const now = new Date();
  return table(
    paint,
    ['NAME', 'ENGINE', 'STATUS', 'ENDPOINT', 'CREATED'],
    instances.map((instance) => [
      paint.bold(instance.identifier),
      engineText(instance),
      stateText(instance.status.kind, paint),
      paint.cyan(endpointText(instance) ?? ''),
      ago(new Date(instance.createdTime), now),
    ]),
  );
}

function describe(instance: DatabaseView, paint: Paint): string {
  const { identifier, status, instanceClass, allocatedStorage, multiAz, backupRetention } = instance;
  const { latestRestorableTime } = instance;
  return [
    `${paint.bold(identifier)} ${engineText(instance)}  ${stateText(status.kind, paint)}`,
    '',
    fields(paint, [
      ['reason', status.reason && printableLine(status.reason)],
      ['endpoint', endpointText(instance) && paint.cyan(endpointText(instance)!)],
      ['class', `${instanceClass}, ${allocatedStorage} GB${multiAz ? ', with a standby' : ''}`],
      ['backups', backupRetention === 0 ? 'none' : `kept for ${backupRetention} days`],
      ['restorable', latestRestorableTime && `to any time until ${ago(new Date(latestRestorableTime), new Date())}`],
      ['created', ago(new Date(instance.createdTime), new Date())],
    ]),
  ].join('\n');
}

const engineText = ({ engine }: DatabaseView): string => printableLine(`${engine.kind} ${engine.version ?? ''}`.trim());
const endpointText = ({ endpoint }: DatabaseView): string | undefined =>
  endpoint && `${endpoint.address}:${endpoint.port}`;
