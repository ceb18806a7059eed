import { Command } from 'commander';
import type { Execution } from '../../../shared/host.ts';
import {
  executionStatusText,
  joinLoops,
  lengthOf,
  type RepeatedVisit,
  type StateVisit,
  visitsOf,
} from '../../executions.ts';
import { CommandFailure } from '../../failure.ts';
import { printableLine } from '../../plainText.ts';
import { action } from '../../session.ts';
import { fields, jsonLine, type Paint, table } from '../../terminal.ts';
import { clockText, lengthText } from '../../times.ts';

const VALUE_LENGTH = 100;

/** `cloudlib runs show`: one execution with its states. */
export const show = (): Command =>
  new Command('show')
    .description('show an execution with its states')
    .argument('<id>', 'the execution')
    .action(
      action(async (session, id) => {
        const host = await session.host();
        const execution = await host.execution(id!);
        if (!execution) throw unknown(id!);
        const states = visitsOf(await host.history(id!));
        session.terminal.result({ ...execution, states }, (paint) => describe(execution, states, paint));
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
    table(
      paint,
      ['ENTERED', 'STATE', 'TOOK', ''],
      joinLoops(states).map((visit) => stateRow(visit, status === 'RUNNING', paint)),
    ),
  ].join('\n');
}

function stateRow(
  { state, enteredAt, exitedAt, error, cause, times, took }: RepeatedVisit,
  running: boolean,
  paint: Paint,
): string[] {
  const failure = error && `${paint.red(printableLine(error))} ${printableLine(cause ?? '')}`;
  return [
    paint.dim(clockText(enteredAt)),
    `${running && !exitedAt ? paint.cyan('▸ ') : ''}${printableLine(state)}`,
    exitedAt ? lengthText(took) : '',
    failure ?? (times > 1 ? paint.dim(`${times} times`) : ''),
  ];
}

function unknown(id: string): CommandFailure {
  return new CommandFailure('NotFound', `there is no execution "${id}"`, {
    hint: 'list them with "cloudlib runs list"',
    details: { resource: `execution ${id}` },
  });
}
