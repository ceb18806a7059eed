import { CommanderError } from 'commander';
import type { ValidationIssue } from '../shared/core/validation.ts';
import { EXIT_CODES } from './exitCodes.ts';
import { CommandFailure, exitCodeOf, failureOf } from './failure.ts';
import { printable } from './plainText.ts';
import { jsonLine, type Terminal } from './terminal.ts';

/** Says what went wrong, and what to do, and returns the exit code; what is thrown for help and the version says nothing and returns 0. */
export function reportFailure(thrown: unknown, terminal: Terminal): number {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return EXIT_CODES.Ok.code;
  // Without a command, commander has printed the help already.
  if (thrown instanceof CommanderError && thrown.code === 'commander.help') return EXIT_CODES.BadInput.code;
  const failure = thrown instanceof CommanderError ? usageFailure(thrown) : failureOf(thrown);
  const hint = failure instanceof CommandFailure ? failure.hint : undefined;
  if (terminal.json) terminal.result({ error: { ...failure.toJSON(), ...(hint && { hint }) } }, () => '');
  else process.stderr.write(humanText(failure, hint, terminal));
  if (process.env.CLOUDLIB_DEBUG === '1') process.stderr.write(`${printable(stackOf(failure))}\n`);
  return exitCodeOf(failure);
}

function usageFailure({ message }: CommanderError): CommandFailure {
  return new CommandFailure('InvalidInput', message.replace(/^error: /, ''), {
    hint: 'see "cloudlib --help", or --help after a command',
  });
}

function humanText(
  { message, code, details }: { message: string; code: string; details: Record<string, unknown> },
  hint: string | undefined,
  { noticePaint: paint }: Terminal,
): string {
  const [first, ...more] = printable(linesOf(message, details)).split('\n');
  return [
    `${paint.red(paint.bold('error'))} ${first}`,
    ...more.map((line) => `      ${line}`),
    ...(hint ? [`      ${paint.cyan('→')} ${printable(hint)}`] : []),
    ...(code === 'InvalidInput' ? [] : [`      ${paint.dim(code)}`]),
    '',
  ].join('\n');
}

/** A message about several wrong values gets a line for each. */
function linesOf(message: string, details: Record<string, unknown>): string {
  const issues = Array.isArray(details.issues) ? (details.issues as ValidationIssue[]) : [];
  if (issues.length < 2) return message;
  const place = message.slice(0, message.indexOf(`: ${issues[0]!.path}: `));
  return [
    `${place}: ${issues.length} values are wrong`,
    ...issues.map(({ path, value, message: why }) => `${path}: ${why} (got ${jsonLine(value, 60) || 'nothing'})`),
  ].join('\n');
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
