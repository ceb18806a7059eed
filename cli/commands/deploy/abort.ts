import { Command } from 'commander';
import { action } from '../../session.ts';

interface Options {
  provider?: string;
  reason?: string;
}

/** `cloudlib deploy abort`: gives up a rollout. */
export const abort = (): Command =>
  new Command('abort')
    .description('give up a rollout and go back to the stable version')
    .argument('<name>', 'the deployment')
    .option('--reason <text>', 'why, for those who look later')
    .action(
      action<Options>(async (session, name) => {
        const { provider, reason } = session.options;
        const host = await session.host();
        await host.invoke('deploy.abort', { name: name!, ...(reason && { reason }) }, provider ? { provider } : {});
        session.terminal.result({ deployment: name, decision: 'abort' }, (paint) =>
          [
            `${paint.green('✔')} the rollout of ${paint.bold(name!)} is given up; the stable version takes all of the traffic`,
            `  ${paint.dim('see')} cloudlib deploy status ${name}`,
          ].join('\n'),
        );
      }),
    );
