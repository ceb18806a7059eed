import { Command } from 'commander';
import type { Execution } from '../../../shared/host.ts';
import { executionStatusText, lengthOf, unknownExecution } from '../../executions.ts';
import { printableLine } from '../../plainText.ts';
import { action } from '../../session.ts';
import { fields, jsonLine, type Paint, table } from '../../terminal.ts';
import { VISIT_HEADINGS, visitRows } from '../../visitRows.ts';
import { type StateVisit, visitsOf } from '../../visits.ts';

const VALUE_LENGTH = 100;

/** `cloudlib runs show`: one execution with its states. */
export const show = (): Command =>
  new Command('show')
    .description('show an execution with its states; --json adds its whole history')
    .argument('<id>', 'the execution')
    .action(
      action(async (session, id) => {
        const host = await session.host();
        const execution = await host.execution(id!);
        if (!execution) throw unknownExecution(id!);
        const history = await host.history(id!);
        const states = visitsOf(history);
        session.terminal.result({ ...execution, states, history }, (paint) => describe(execution, states, paint));
      }),
    );

function describe(execution: Execution, states: StateVisit[], paint: Paint): string {
  const { id, workflow, status, startedAt, input, output, error, cause } = execution;
  return [
    `${paint.bold(id)}  ${executionStatusText(status, paint)}`,
    '',
    fields(paint, [
      ['workflow', workflow],
      ['started', startedAt.toISOString()],
      ['took', lengthOf(execution, new Date())],
      ['input', jsonLine(input, VALUE_LENGTH)],
      ['output', output === undefined ? undefined : jsonLine(output, VALUE_LENGTH)],
      ['error', error && paint.red(printableLine(error))],
      ['cause', cause && printableLine(cause)],
    ]),
    '',
    table(paint, VISIT_HEADINGS, visitRows(states, status === 'RUNNING', paint)),
  ].join('\n');
}
