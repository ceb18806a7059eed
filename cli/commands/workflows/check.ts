import { Command } from 'commander';
import type { Problem } from '../../../shared/semantics/states/index.ts';
import { EXIT_CODES } from '../../exitCodes.ts';
import { readInput } from '../../input.ts';
import { printableLine } from '../../plainText.ts';
import { action } from '../../session.ts';
import type { Paint } from '../../terminal.ts';

/** What is wrong with one file; nothing for a good one. */
interface Checked {
  file: string;
  problems: Problem[];
}

/** `cloudlib workflows check`: says what is wrong with workflow files before anything runs. */
export const check = (): Command =>
  new Command('check')
    .description('say what is wrong with workflow files; exits with 2 when there is something')
    .argument('<file...>', 'files in the Amazon States Language, - for standard input')
    .action(
      action(async ({ terminal }, files) => {
        // Commander gives the values of `<file...>` as one list.
        const checked = await Promise.all((files as unknown as string[]).map(checkFile));
        terminal.result(checked, (paint) => checked.map((one) => report(one, paint)).join('\n'));
        if (checked.some(({ problems }) => problems.length > 0)) process.exitCode = EXIT_CODES.BadInput.code;
      }),
    );

async function checkFile(file: string): Promise<Checked> {
  const { validate } = await import('../../../shared/semantics/states/index.ts');
  const content = await readInput(file);
  try {
    return { file, problems: validate(JSON.parse(content)) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { file, problems: [{ pointer: '', message: `it is not JSON: ${error.message}` }] };
  }
}

function report({ file, problems }: Checked, paint: Paint): string {
  const name = printableLine(file);
  if (problems.length === 0) return `${paint.green('✓')} ${name}`;
  return problems
    .map(({ pointer, message }) => {
      const place = paint.bold(printableLine(pointer || '/'));
      return `${paint.red('✗')} ${name} ${place} ${printableLine(message)}`;
    })
    .join('\n');
}
