import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import type { ConfigurationChange } from '../../shared/host.ts';
import { changeText } from '../configurationChanges.ts';
import { CommandFailure } from '../failure.ts';
import { action } from '../session.ts';
import type { Paint, Terminal } from '../terminal.ts';

interface Options {
  yes?: boolean;
}

/** `cloudlib apply`: shows what differs between the configuration file and the host that runs, and puts the file in force. */
export const apply = (): Command =>
  new Command('apply')
    .description('show what changed in the configuration of the running host, and apply it')
    .option('-y, --yes', 'apply without asking')
    .action(
      action<Options>(async (session) => {
        const { terminal, options } = session;
        const { application } = await session.host();
        const { plan, changes } = await application.plan();
        if (changes.length === 0) {
          return terminal.result({ applied: false, changes }, () => 'nothing has changed');
        }
        terminal.notice(changes.map((change) => line(change, terminal.noticePaint)).join('\n'));
        if (!options.yes && !(await agreed(terminal))) {
          return terminal.result({ applied: false, changes }, () => 'nothing was applied');
        }
        await application.apply(plan);
        terminal.result({ applied: true, changes }, (paint) => `${paint.green('✔')} applied`);
      }),
    );

async function agreed(terminal: Terminal): Promise<boolean> {
  if (terminal.json || !process.stdin.isTTY) {
    throw new CommandFailure('InvalidInput', 'nothing was applied: there is nobody to ask', {
      hint: 'say --yes to apply what is shown',
    });
  }
  const questions = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await questions.question('Apply this? [y/N] ')).trim());
  } finally {
    questions.close();
  }
}

function line(change: ConfigurationChange, paint: Paint): string {
  const text = changeText(change);
  if (change.change === 'changed') return paint.yellow(text);
  return change.change === 'added' ? paint.green(text) : paint.red(text);
}
