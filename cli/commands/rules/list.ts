import { Command } from 'commander';
import { action } from '../../session.ts';
import { jsonLine, table } from '../../terminal.ts';

const PATTERN_LENGTH = 80;

/** `cloudlib rules list`: the rules of the running host. */
export const list = (): Command =>
  new Command('list').description('list the rules of the host, with what they have done').action(
    action(async (session) => {
      const rules = (await (await session.host()).bus.rules()).filter(({ on }) => on.kind === 'event');
      session.terminal.result(rules, (paint) => {
        if (rules.length === 0) return 'the configuration of the host has no rule over events';
        return table(
          paint,
          ['RULE', 'PATTERN', 'STARTS', 'DELIVERED', 'PENDING', 'DEAD'],
          rules.map(({ name, on, target, delivered, pending, dead }) => [
            name,
            jsonLine(on.pattern, PATTERN_LENGTH),
            target,
            String(delivered),
            String(pending),
            dead ? paint.red(String(dead)) : '0',
          ]),
        );
      });
    }),
  );
