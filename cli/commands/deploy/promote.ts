import { Command } from 'commander';
import { action } from '../../session.ts';

/** `cloudlib deploy promote`: goes on with a rollout that pauses. */
export const promote = (): Command =>
  new Command('promote')
    .description('go on with a rollout that pauses')
    .argument('<name>', 'the deployment')
    .action(
      action<{ provider?: string }>(async (session, name) => {
        const { provider } = session.options;
        const host = await session.host();
        await host.invoke('deploy.promote', { name: name! }, provider ? { provider } : {});
        session.terminal.result({ deployment: name, decision: 'promote' }, (paint) =>
          [
            `${paint.green('✔')} the rollout of ${paint.bold(name!)} goes on`,
            `  ${paint.dim('see')} cloudlib deploy status ${name}`,
          ].join('\n'),
        );
      }),
    );
