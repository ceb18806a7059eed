import { Command } from 'commander';
import { EXIT_CODES } from '../exitCodes.ts';
import { type Check, examine } from '../machine.ts';
import { action } from '../session.ts';
import { type Paint, table } from '../terminal.ts';
import { DEFAULT_PORT } from './start.ts';

/** `cloudlib doctor`: what this machine can do. */
export const doctor = (): Command =>
  new Command('doctor').description('tell what this machine can do').action(
    action(async ({ terminal, directory }) => {
      const checks = await examine(directory, DEFAULT_PORT);
      terminal.result(checks, (paint) => listing(checks, paint));
      if (checks.some(({ level }) => level === 'bad')) process.exitCode = EXIT_CODES.Failed.code;
    }),
  );

function listing(checks: Check[], paint: Paint): string {
  const marks = { good: paint.green('✔'), limited: paint.yellow('!'), bad: paint.red('✘') };
  return table(
    paint,
    ['', 'CHECK', 'FOUND'],
    checks.map(({ level, name, found, advice }) => [
      marks[level],
      name,
      advice ? `${found}\n${paint.dim(`→ ${advice}`)}` : found,
    ]),
  );
}
