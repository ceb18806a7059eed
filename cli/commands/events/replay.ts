import { Command } from 'commander';
import type { DryReplay, DryStart, RuleForecast } from '../../../shared/host.ts';
import { readConfiguration } from '../../configurationFile.ts';
import { CommandFailure } from '../../failure.ts';
import { printableLine } from '../../plainText.ts';
import { action, type Session } from '../../session.ts';
import { type Paint, table } from '../../terminal.ts';
import { parseSince } from '../../times.ts';

interface Options {
  from: string;
  to?: string;
  rule?: string;
  name?: string;
  dry?: boolean;
  config?: string;
}

/** `cloudlib events replay`: events of the past are delivered again, or it is told what they would start. */
export const replay = (): Command =>
  new Command('replay')
    .description('deliver events of the past again, to the rules that match them now')
    .requiredOption('--from <time>', 'those accepted since then: 2h, PT30M, or 2027-01-31T08:00:00Z')
    .option('--to <time>', 'and before then; now when left out')
    .option('--rule <name>', 'to one rule alone')
    .option('--name <name>', 'the same name again is the same replay, which goes on where it ended')
    .option('--dry', 'start nothing; tell what would be started, and how that differs from the rules that run')
    .option('--config <file>', 'with --dry: the rules of this file')
    .action(action<Options>((session) => (session.options.dry ? tell(session) : deliver(session))));

async function deliver(session: Session<Options>): Promise<void> {
  if (session.options.config !== undefined) throw onlyDry();
  const { name } = session.options;
  const { bus } = await session.host();
  const answer = await bus.replay({ ...rangeOf(session), ...(name !== undefined && { name }) });
  session.terminal.result(answer, (paint) => {
    const count = `${answer.deliveries} deliveries of ${answer.events} events`;
    return `${paint.green('✔')} ${count} ${paint.dim(`replay ${answer.replay}`)}`;
  });
}

async function tell(session: Session<Options>): Promise<void> {
  const { config } = session.options;
  const rules = config === undefined ? undefined : ((await readConfiguration(config)).automations ?? {});
  const { bus } = await session.host();
  const found = await bus.dryReplay({ ...rangeOf(session), ...(rules && { rules: triggersOf(rules) }) });
  session.terminal.result(found, (paint) => text(found, paint));
}

/** What a rule is started by and what it starts; how it is retried changes nothing here. */
const triggersOf = (rules: NonNullable<Awaited<ReturnType<typeof readConfiguration>>['automations']>) =>
  Object.fromEntries(Object.entries(rules).map(([name, { on, start }]) => [name, { on, start }]));

function rangeOf({ options: { from, to, rule } }: Session<Options>): { from: string; to: string; rule?: string } {
  const now = new Date();
  return {
    from: parseSince(from, now).toISOString(),
    to: (to === undefined ? now : parseSince(to, now)).toISOString(),
    ...(rule !== undefined && { rule }),
  };
}

function text({ events, rules, starts, unlisted }: DryReplay, paint: Paint): string {
  const columns = ['RULE', 'WOULD START', 'TIMES', 'ADDED', 'REMOVED', 'CHANGED', 'DEAD'];
  return [
    `${events} events, nothing was started`,
    '',
    table(paint, columns, rules.map(rowOf)),
    ...(starts.length ? ['', ...starts.map((start) => lineOf(start, paint))] : []),
    ...(unlisted ? [paint.dim(`… and ${unlisted} more`)] : []),
  ].join('\n');
}

const rowOf = ({ rule, target, starts, added, removed, changed, dead }: RuleForecast): string[] => [
  rule,
  target,
  ...[starts, added, removed, changed, dead].map(String),
];

function lineOf({ event, rule, change, problem }: DryStart, paint: Paint): string {
  const mark = { added: paint.green('+'), removed: paint.red('-'), changed: paint.yellow('~'), same: ' ' }[
    change ?? 'same'
  ];
  const why = problem === undefined ? '' : `  ${paint.red(printableLine(problem))}`;
  return `${mark} ${paint.bold(rule)}  ${printableLine(`${event.type} ${event.id} from ${event.source}`)}${why}`;
}

const onlyDry = (): CommandFailure =>
  new CommandFailure('InvalidInput', '--config is for --dry: a replay goes to the rules of the host that runs', {
    hint: 'add --dry, or leave --config out',
  });
