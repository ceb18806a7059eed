import { Command } from 'commander';
import { executionStatusText, unknownExecution } from '../../executions.ts';
import { action } from '../../session.ts';

interface Options {
  error?: string;
  cause?: string;
}

/** `cloudlib runs stop`: ends an execution. */
export const stop = (): Command =>
  new Command('stop')
    .description('end an execution where it stands; one that has ended stays as it is')
    .argument('<id>', 'the execution')
    .option('--error <name>', 'an error to end it with')
    .option('--cause <text>', 'why it is ended')
    .action(
      action<Options>(async (session, id) => {
        const { terminal, options } = session;
        const host = await session.host();
        if (!(await host.execution(id!))) throw unknownExecution(id!);
        const { error, cause } = options;
        await host.stop(id!, { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) });
        const execution = (await host.execution(id!))!;
        terminal.result(execution, (paint) => `${id}  ${executionStatusText(execution.status, paint)}`);
      }),
    );
