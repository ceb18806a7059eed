import { Command } from 'commander';
import type { RuleSummary } from '../../../shared/host.ts';
import { action } from '../../session.ts';
import { jsonLine, table } from '../../terminal.ts';

const PATTERN_LENGTH = 60;

/** `cloudlib automations list`: every automation of the running host. */
export const list = (): Command =>
  new Command('list').description('list the automations of the host: what starts them, and what they start').action(
    action(async (session) => {
      const automations = await (await session.host()).bus.rules();
      session.terminal.result(automations, (paint) => {
        if (automations.length === 0) return 'the configuration of the host has no automations';
        const rows = automations.map(({ name, on, target }) => [name, String(on.kind), triggerText(on), target]);
        return table(paint, ['AUTOMATION', 'ON', '', 'STARTS'], rows);
      });
    }),
  );

function triggerText(on: RuleSummary['on']): string {
  switch (on.kind) {
    case 'event':
      return jsonLine(on.pattern, PATTERN_LENGTH);
    case 'schedule':
      return `${on.expression}${on.timeZone ? ` ${on.timeZone}` : ''}`;
    default:
      return `${on.scheme}${on.event ? ` ${on.event}` : ''}`;
  }
}
