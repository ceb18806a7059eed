import { Command } from 'commander';
import type { Json } from '../../../shared/core/codecs.ts';
import { explain, type Mismatch, type Pattern } from '../../../shared/semantics/patterns/index.ts';
import { readConfiguration } from '../../configurationFile.ts';
import { CommandFailure } from '../../failure.ts';
import { runningHost } from '../../hostAddress.ts';
import { readJson } from '../../input.ts';
import { action, type Session } from '../../session.ts';
import { jsonLine, type Paint } from '../../terminal.ts';

interface Options {
  event: string;
  config?: string;
}

interface Verdict {
  rule: string;
  matches: boolean;
  mismatches: Mismatch[];
}

const VALUE_LENGTH = 60;

/** `cloudlib rules test`: which rules an event would match, and why not the others. Nothing is published. */
export const test = (): Command =>
  new Command('test')
    .description('tell which rules match an event, and which field failed for the others')
    .requiredOption('--event <file|->', 'JSON file with a CloudEvent, - for standard input')
    .option('--config <file>', 'the rules of this file; those of the running host when left out')
    .action(
      action<Options>(async (session) => {
        const event = await readJson(session.options.event);
        const patterns = await patternsOf(session);
        if (patterns.length === 0) throw noRules();
        const verdicts = patterns.map(([rule, pattern]) => verdict(rule, pattern, event));
        session.terminal.result(verdicts, (paint) => verdicts.map((one) => text(one, paint)).join('\n'));
      }),
    );

/** Of the file that is named, else of the host that runs, else of the file that it would run with. */
async function patternsOf({ options, directory }: Session<Options>): Promise<[rule: string, pattern: Pattern][]> {
  const running = options.config === undefined ? await runningHost(directory) : undefined;
  if (running) {
    const rules = await running.host.bus.rules();
    return rules.flatMap(({ name, on }) => (on.kind === 'event' ? [[name, on.pattern as Pattern]] : []));
  }
  const { automations = {} } = await readConfiguration(options.config);
  return Object.entries(automations).flatMap(([name, { on }]) => (on.kind === 'event' ? [[name, on.pattern]] : []));
}

function verdict(rule: string, pattern: Pattern, event: Json): Verdict {
  const mismatches = explain(pattern, event);
  return { rule, matches: mismatches.length === 0, mismatches };
}

function text({ rule, matches, mismatches }: Verdict, paint: Paint): string {
  if (matches) return `${paint.green('✔')} ${paint.bold(rule)}`;
  return [`${paint.red('✘')} ${paint.bold(rule)}`, ...mismatches.map((one) => `    ${reason(one)}`)].join('\n');
}

function reason({ path, found }: Mismatch): string {
  if (path === '') return 'each field matches, but in different elements of one array';
  if (found.length === 0) return `${path}: the event does not have it`;
  return `${path}: ${found.map((value) => jsonLine(value, VALUE_LENGTH)).join(', ')} does not match`;
}

function noRules(): CommandFailure {
  return new CommandFailure('NotFound', 'there are no rules over events', {
    hint: 'write one with event(…) in cloudlib.config.ts, or name another file with --config',
    details: { resource: 'rules' },
  });
}
