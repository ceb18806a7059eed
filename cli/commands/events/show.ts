import { Command } from 'commander';
import type { EventRecord } from '../../../shared/host.ts';
import { deliveryStatusText } from '../../deliveries.ts';
import { CommandFailure } from '../../failure.ts';
import { printableLine } from '../../plainText.ts';
import { action } from '../../session.ts';
import { fields, jsonBlock, jsonLine, type Paint } from '../../terminal.ts';

const RESULT_LENGTH = 100;
const ATTRIBUTE_LENGTH = 200;

/** `cloudlib events show`: an event with the rules that it matched and each attempt. */
export const show = (): Command =>
  new Command('show')
    .description('show an event: what it matched, what it started, each attempt')
    .argument('<id>', 'id of the event')
    .action(
      action(async (session, id) => {
        const records = await (await session.host()).bus.find(id!);
        if (records.length === 0) throw unknown(id!);
        session.terminal.result(records, (paint) => records.map((record) => describe(record, paint)).join('\n\n'));
      }),
    );

function describe({ event, acceptedAt, cursor, deliveries }: EventRecord, paint: Paint): string {
  const { specversion: _, id, source, type, time, subject, cloudlibhops, data, ...others } = event;
  return [
    `${paint.bold(printableLine(id))}  ${paint.cyan(printableLine(type))}`,
    '',
    fields(paint, [
      ['source', printableLine(source)],
      ['subject', subject && printableLine(subject)],
      ['time', time],
      ['accepted', `${acceptedAt} ${paint.dim(`at ${cursor}`)}`],
      ['hops', cloudlibhops === undefined ? undefined : String(cloudlibhops)],
      ...Object.entries(others).map(([name, value]): [string, string] => [
        printableLine(name),
        typeof value === 'string' ? printableLine(value) : jsonLine(value, ATTRIBUTE_LENGTH),
      ]),
    ]),
    ...(data === undefined ? [] : ['', jsonBlock(data)]),
    '',
    ...(deliveries.length ? deliveries.map((delivery) => deliveryText(delivery, paint)) : [noRule(paint)]),
  ].join('\n');
}

function deliveryText(
  { id, rule, status, result, reason, replay, dueAt, tries }: EventRecord['deliveries'][number],
  paint: Paint,
): string {
  const about = [replay && `replay ${printableLine(replay)}`, dueAt && `again at ${dueAt}`].filter(Boolean).join(', ');
  const outcome = status === 'DELIVERED' ? jsonLine(result, RESULT_LENGTH) : paint.red(printableLine(reason ?? ''));
  return [
    `${paint.bold(rule)}  ${deliveryStatusText(status, paint)}  ${paint.dim(`delivery ${id}${about && `, ${about}`}`)}`,
    `  ${outcome}`,
    ...tries.map(
      ({ at, error }) => `  ${paint.dim(at)} ${error ? paint.red(printableLine(error)) : paint.green('done')}`,
    ),
  ].join('\n');
}

const noRule = (paint: Paint): string =>
  `no rule matched it; ${paint.dim('"cloudlib rules test --event <file>" tells which field failed')}`;

function unknown(id: string): CommandFailure {
  return new CommandFailure('NotFound', `there is no event "${id}"`, {
    hint: 'see them with "cloudlib events tail --after 0"',
    details: { resource: `event ${id}` },
  });
}
