import { Command } from 'commander';
import { executionStatusText, unknownExecution } from '../../executions.ts';
import { action } from '../../session.ts';

/** `cloudlib runs redrive`: starts an execution again where it failed. */
export const redrive = (): Command =>
  new Command('redrive')
    .description('start an execution that failed, timed out or was stopped again from the states that failed')
    .argument('<id>', 'the execution')
    .action(
      action(async (session, id) => {
        const host = await session.host();
        if (!(await host.execution(id!))) throw unknownExecution(id!);
        await host.redrive(id!);
        const execution = (await host.execution(id!))!;
        session.terminal.result(execution, (paint) => `${id}  ${executionStatusText(execution.status, paint)}`);
      }),
    );
