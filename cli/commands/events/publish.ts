import { Command } from 'commander';
import type { Json } from '../../../shared/core/codecs.ts';
import { newId } from '../../../shared/core/ids.ts';
import type { CloudEvent, Published } from '../../../shared/host.ts';
import { readJson } from '../../input.ts';
import { printableLine } from '../../plainText.ts';
import { action } from '../../session.ts';
import type { Paint } from '../../terminal.ts';

/** `cloudlib events publish`: events from a file. */
export const publish = (): Command =>
  new Command('publish')
    .description('publish a CloudEvent, or an array of them')
    .argument('<file|->', 'JSON file, - for standard input; specversion, id and time are added where they are left out')
    .action(
      action(async (session, file) => {
        const content = await readJson(file!);
        const host = await session.host();
        const published = await host.bus.publish((Array.isArray(content) ? content : [content]).map(completed));
        session.terminal.result(published, (paint) => published.map((one) => line(one, paint)).join('\n'));
      }),
    );

/** What is no object goes as it is: the host says what is wrong with it. */
function completed(event: Json): CloudEvent {
  if (event === null || typeof event !== 'object' || Array.isArray(event)) return event as unknown as CloudEvent;
  return { specversion: '1.0', id: newId(), time: new Date().toISOString(), ...event } as CloudEvent;
}

function line({ id, source, duplicate }: Published, paint: Paint): string {
  const name = `${paint.bold(printableLine(id))} from ${printableLine(source)}`;
  return duplicate ? `${paint.yellow('=')} ${name} was there already` : `${paint.green('✔')} ${name}`;
}
