import { Command } from 'commander';
import type { ScheduleSummary } from '../../../shared/host.ts';
import { describe } from '../../../shared/semantics/schedules/index.ts';
import { action } from '../../session.ts';
import { fields, type Paint } from '../../terminal.ts';
import { localTimeText } from '../../times.ts';

/** `cloudlib schedules list`: each schedule with its next five times. */
export const list = (): Command =>
  new Command('list').description('list the schedules of the host with their next five times').action(
    action(async (session) => {
      const schedules = await (await session.host()).bus.schedules();
      session.terminal.result(schedules, (paint) =>
        schedules.length
          ? schedules.map((schedule) => blockOf(schedule, paint)).join('\n\n')
          : 'the configuration of the host has no schedules',
      );
    }),
  );

function blockOf(
  { name, expression, timeZone, missed, flexibleWindow, last, next }: ScheduleSummary,
  paint: Paint,
): string {
  const [first = 'never again', ...later] = next.map((time) => localTimeText(new Date(time)));
  return [
    `${paint.bold(name)}  ${paint.cyan(expression)}`,
    fields(paint, [
      ['', `${describe(expression)}, ${timeZone}`],
      ['missed', missed === 'once' ? 'fires once' : 'is skipped'],
      ['window', flexibleWindow && `fires up to ${flexibleWindow} later`],
      ['last', last && localTimeText(new Date(last))],
      ['next', first],
      ...later.map((time): [string, string] => ['', time]),
    ]),
  ].join('\n');
}
