import { Command, InvalidArgumentError } from 'commander';
import type { CloudEvent } from '../../../shared/host.ts';
import { compile, type Pattern, validate } from '../../../shared/semantics/patterns/index.ts';
import { printableLine } from '../../plainText.ts';
import { action } from '../../session.ts';
import { jsonLine, type Paint } from '../../terminal.ts';
import { clockText } from '../../times.ts';

interface Options {
  type?: string;
  pattern?: Pattern;
  after?: number;
}

const DATA_LENGTH = 100;

/** `cloudlib events tail`: events as they come. */
export const tail = (): Command =>
  new Command('tail')
    .description('show events as they come; with --json, one value per line')
    .option('--type <prefix>', 'those whose type begins so, such as cloudlib.webhook')
    .option('--pattern <json>', 'those that match this event pattern, such as {"data":{"state":["ALARM"]}}', patternOf)
    .option(
      '--after <cursor>',
      'begin after this place in the log, 0 for all of it; at its end when left out',
      cursorOf,
    )
    .action(
      action<Options>(async (session) => {
        const { terminal, options } = session;
        const index = options.pattern && compile([options.pattern]);
        const host = await session.host();
        process.once('SIGINT', () => process.exit(0));
        terminal.notice(terminal.noticePaint.dim('waiting for events; Ctrl+C ends'));
        const from = options.after === undefined ? {} : { cursor: options.after };
        for await (const { cursor, event } of host.events(from)) {
          if (options.type !== undefined && !event.type.startsWith(options.type)) continue;
          if (index && index.matching(event).length === 0) continue;
          terminal.result({ cursor, event }, (paint) => lineText(event, paint));
        }
      }),
    );

function lineText({ time, type, source, subject, data }: CloudEvent, paint: Paint): string {
  const color = type.endsWith('.failed') ? paint.red : paint.cyan;
  const origin = printableLine([source, subject].filter(Boolean).join(' '));
  const about = data === undefined ? '' : jsonLine(data, DATA_LENGTH);
  return `${paint.dim(clockText(new Date(time)))} ${color(printableLine(type))} ${origin} ${paint.dim(about)}`.trimEnd();
}

/** The pattern, or everything that is wrong with it. */
function patternOf(text: string): Pattern {
  let pattern: unknown;
  try {
    pattern = JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`It is not JSON: ${(error as Error).message}`);
  }
  const problems = validate(pattern).map(({ pointer, message }) => `${pointer || 'as a whole'}: ${message}`);
  if (problems.length) throw new InvalidArgumentError(problems.join('; '));
  return pattern as Pattern;
}

function cursorOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A cursor is a whole number of 0 or more.');
}
