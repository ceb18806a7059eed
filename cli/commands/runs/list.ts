import { Command, InvalidArgumentError } from 'commander';
import type { Execution } from '../../../shared/host.ts';
import { executionStatusText, lengthOf } from '../../executions.ts';
import { action } from '../../session.ts';
import { type Paint, table } from '../../terminal.ts';
import { ago } from '../../times.ts';

interface Options {
  workflow?: string;
  limit: number;
}

/** `cloudlib runs list`: executions, the newest first. */
export const list = (): Command =>
  new Command('list')
    .description('list executions, the newest first')
    .option('--workflow <name>', 'those of one workflow')
    .option('--limit <count>', 'how many at most', limitOf, 50)
    .action(
      action<Options>(async (session) => {
        const { terminal, options } = session;
        const { workflow, limit } = options;
        const host = await session.host();
        const executions = await host.executions({ limit, ...(workflow !== undefined && { workflow }) });
        const summaries = executions.map(({ input: _, output: __, ...summary }) => summary);
        terminal.result(summaries, (paint) => listing(executions, paint));
      }),
    );

function listing(executions: Execution[], paint: Paint): string {
  if (executions.length === 0) return 'nothing has run yet';
  const now = new Date();
  return table(
    paint,
    ['EXECUTION', 'WORKFLOW', 'STATUS', 'STARTED', 'TOOK', 'STATE OR ERROR'],
    executions.map((execution) => [
      execution.id,
      execution.workflow,
      executionStatusText(execution.status, paint),
      ago(execution.startedAt, now),
      lengthOf(execution, now),
      execution.error ? paint.red(execution.error) : execution.currentStates.join(' › '),
    ]),
  );
}

function limitOf(text: string): number {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A limit is a whole number of 1 or more.');
}
