import { Command } from 'commander';
import {
  type DeploymentReport,
  type DeploymentView,
  readStatus,
  reasonOf,
  statusText,
  weightBar,
} from '../../deployments.ts';
import { printableLine } from '../../plainText.ts';
import { action } from '../../session.ts';
import { fields, type Paint, table } from '../../terminal.ts';
import { ago } from '../../times.ts';

/** `cloudlib deploy status`: one deployment in full, or all of them in a table. */
export const status = (): Command =>
  new Command('status')
    .description('tell how a deployment stands, or list all')
    .argument('[name]', 'the deployment')
    .action(
      action<{ provider?: string }>(async (session, name) => {
        const { options, terminal } = session;
        const host = await session.host();
        if (name !== undefined) {
          const report = await readStatus(host, name, options.provider);
          return terminal.result(report, (paint) => describe(report, paint));
        }
        const answer = await host.invoke('deploy.list', {}, options.provider ? { provider: options.provider } : {});
        const { deployments } = answer as unknown as { deployments: DeploymentView[] };
        terminal.result(deployments, (paint) => listing(deployments, paint));
      }),
    );

function listing(deployments: DeploymentView[], paint: Paint): string {
  if (deployments.length === 0) return 'nothing is deployed yet; deploy something with "cloudlib deploy <file>"';
  const now = new Date();
  return table(
    paint,
    ['NAME', 'VERSION', 'STATUS', 'READY', 'UPDATED', 'ENDPOINT'],
    deployments.map((deployment) => [
      paint.bold(deployment.name),
      printableLine(deployment.version),
      statusText(deployment.status, paint),
      readyOf(deployment),
      ago(new Date(deployment.updatedAt), now),
      paint.cyan(deployment.endpoint ?? ''),
    ]),
  );
}

function describe({ deployment, revisions, versions, execution }: DeploymentReport, paint: Paint): string {
  const reason = reasonOf(deployment.status);
  return [
    `${paint.bold(deployment.name)} ${printableLine(deployment.version)}  ${statusText(deployment.status, paint)}`,
    '',
    fields(paint, [
      ['reason', reason || undefined],
      ['endpoint', deployment.endpoint && paint.cyan(deployment.endpoint)],
      ['replicas', `${readyOf(deployment)} ready`],
      ['rollout', execution && `under way, cloudlib runs show ${execution}`],
    ]),
    ...(revisions.length ? ['', revisionTable(revisions, paint)] : []),
    '',
    versionTable(versions, paint),
  ].join('\n');
}

const readyOf = ({ healthyReplicas, replicas }: DeploymentView): string => `${healthyReplicas} of ${replicas}`;

function revisionTable(revisions: DeploymentReport['revisions'], paint: Paint): string {
  return table(
    paint,
    ['REVISION', 'TRAFFIC', 'DESIRED', 'RUNNING', 'READY', ''],
    revisions.map(({ revision, weight, desired, running, ready, failed }) => [
      revision,
      weightBar(weight, paint),
      String(desired),
      String(running),
      ready < desired ? paint.yellow(String(ready)) : paint.green(String(ready)),
      failed ? paint.red(shortened(failed)) : '',
    ]),
  );
}

function versionTable(versions: DeploymentReport['versions'], paint: Paint): string {
  const now = new Date();
  const outcome = ({ promotedAt, failure }: DeploymentReport['versions'][number]): string => {
    if (failure) return `${paint.red('rolled back')}  ${shortened(failure)}`;
    return promotedAt ? paint.green(`promoted ${ago(new Date(promotedAt), now)}`) : paint.dim('under way');
  };
  return table(
    paint,
    ['VERSION', 'DEPLOYED', 'OUTCOME'],
    versions
      .toReversed()
      .map((version) => [printableLine(version.version), ago(new Date(version.createdAt), now), outcome(version)]),
  );
}

function shortened(text: string): string {
  const line = printableLine(text);
  return line.length > 90 ? `${line.slice(0, 89)}…` : line;
}
