import { Command } from 'commander';
import { action } from '../../session.ts';

/** `cloudlib deploy destroy`: removes everything that runs for a deployment. */
export const destroy = (): Command =>
  new Command('destroy')
    .description('stop a deployment and remove everything that runs for it')
    .argument('<name>', 'the deployment')
    .action(
      action<{ provider?: string }>(async (session, name) => {
        const { provider } = session.options;
        const host = await session.host();
        await host.invoke('deploy.destroy', { name: name! }, provider ? { provider } : {});
        session.terminal.result(
          { destroyed: name },
          (paint) => `${paint.green('✔')} ${paint.bold(name!)} is destroyed`,
        );
      }),
    );
