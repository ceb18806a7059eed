import { Command } from 'commander';
import type { TaskAnswer } from '../../../shared/host.ts';
import { CommandFailure } from '../../failure.ts';
import { readJson } from '../../input.ts';
import { action } from '../../session.ts';

interface Options {
  output?: string;
  error?: string;
  cause?: string;
  heartbeat?: boolean;
}

/** `cloudlib runs signal`: answers the task token that a state waits for. */
export const signal = (): Command =>
  new Command('signal')
    .description('answer the task token that a state waits for')
    .argument('<token>', 'the task token')
    .option('--output <file|->', 'the state ends with this JSON, - for standard input')
    .option('--error <name>', 'the state ends with this error, which Retry and Catch may name')
    .option('--cause <text>', 'why, with --error')
    .option('--heartbeat', 'the work goes on: HeartbeatSeconds begins anew')
    .action(
      action<Options>(async (session, token) => {
        const { terminal, options } = session;
        const answer = await answerOf(options);
        const host = await session.host();
        if (answer) await host.signal(token!, answer);
        else await host.heartbeat(token!);
        terminal.result({ signalled: answer ? kindOf(answer) : 'heartbeat' }, () => said(answer));
      }),
    );

/** The answer that the options give; nothing for a heartbeat. */
async function answerOf({ output, error, cause, heartbeat }: Options): Promise<TaskAnswer | undefined> {
  const given = [output, error, heartbeat].filter((option) => option !== undefined);
  if (given.length !== 1 || (cause !== undefined && error === undefined)) throw unclear();
  if (error !== undefined) return { error, cause: cause ?? '' };
  return output === undefined ? undefined : { output: await readJson(output) };
}

const kindOf = (answer: TaskAnswer): string => ('output' in answer ? 'succeeded' : 'failed');

function said(answer: TaskAnswer | undefined): string {
  return answer ? `the task has ${kindOf(answer)}; its state goes on` : 'the task goes on';
}

function unclear(): CommandFailure {
  return new CommandFailure(
    'InvalidInput',
    'runs signal takes one of --output, --error (with --cause) and --heartbeat',
    {
      hint: 'cloudlib runs signal <token> --output result.json, or --error Rejected --cause "not today"',
    },
  );
}
