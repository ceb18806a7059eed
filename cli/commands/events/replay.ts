import { Command } from 'commander';
import { action } from '../../session.ts';
import { parseSince } from '../../times.ts';

interface Options {
  from: string;
  to?: string;
  rule?: string;
}

/** `cloudlib events replay`: events of the past are delivered again. */
export const replay = (): Command =>
  new Command('replay')
    .description('deliver events of the past again, to the rules that match them now')
    .requiredOption('--from <time>', 'those accepted since then: 2h, PT30M, or 2027-01-31T08:00:00Z')
    .option('--to <time>', 'and before then; now when left out')
    .option('--rule <name>', 'to one rule alone')
    .action(
      action<Options>(async (session) => {
        const { from, to, rule } = session.options;
        const now = new Date();
        const { bus } = await session.host();
        const answer = await bus.replay({
          from: parseSince(from, now).toISOString(),
          to: (to === undefined ? now : parseSince(to, now)).toISOString(),
          ...(rule !== undefined && { rule }),
        });
        session.terminal.result(answer, (paint) => {
          const count = `${answer.deliveries} deliveries of ${answer.events} events`;
          return `${paint.green('✔')} ${count} ${paint.dim(`replay ${answer.replay}`)}`;
        });
      }),
    );
