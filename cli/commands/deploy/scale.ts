import { Command, InvalidArgumentError } from 'commander';
import type { DeploymentView } from '../../deployments.ts';
import { action } from '../../session.ts';

/** `cloudlib deploy scale`: sets the number of replicas. */
export const scale = (): Command =>
  new Command('scale')
    .description('set how many replicas a deployment has')
    .argument('<name>', 'the deployment')
    .argument('<replicas>', 'how many', countOf)
    .action(
      action<{ provider?: string }>(async (session, name, replicas) => {
        const { provider } = session.options;
        const host = await session.host();
        const input = { name: name!, replicas: Number(replicas) };
        const deployment = await host.invoke('deploy.scale', input, provider ? { provider } : {});
        session.terminal.result(deployment, (paint) => {
          const { replicas: desired, healthyReplicas } = deployment as unknown as DeploymentView;
          return `${paint.green('✔')} ${paint.bold(name!)} is to have ${desired} replicas; ready now: ${healthyReplicas}`;
        });
      }),
    );

function countOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Replicas are a whole number of 0 or more.');
}
