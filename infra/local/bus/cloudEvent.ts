import { z } from 'zod';
import { CloudError } from '../../../shared/core/errors.ts';
import { decode } from '../../../shared/core/validation.ts';
import type { CloudEvent } from '../../../shared/host.ts';

/** The largest event, in bytes of its JSON form. */
export const LARGEST_EVENT = 1024 * 1024;
/** How deep the data of an event may be nested. */
const DEEPEST = 100;

const Text = z.string().min(1, 'it is empty');
const Attribute = z.union([z.string(), z.boolean(), z.int32()]);

const Event = z
  .object({
    specversion: z.literal('1.0', 'CloudLib takes CloudEvents 1.0'),
    id: Text,
    source: Text,
    type: Text,
    time: z.iso.datetime({ offset: true }).optional(),
    subject: Text.optional(),
    datacontenttype: Text.optional(),
    dataschema: Text.optional(),
    cloudlibhops: z.coerce.number().int().min(0).max(1_000_000).optional(),
    data: z.unknown().optional(),
    data_base64: z.base64().optional(),
  })
  .catchall(Attribute)
  .refine(({ data, data_base64 }) => data === undefined || data_base64 === undefined, {
    path: ['data_base64'],
    message: 'an event has data or data_base64, not both',
  });

/** An event from outside as one of CloudEvents 1.0, with the time of its coming where it has none; `InvalidInput` says what is wrong. */
export function readEvent(value: unknown, now: Date, place = 'event'): CloudEvent {
  const tooDeep = (): CloudError =>
    new CloudError('InvalidInput', `${place}: its data is nested more than ${DEEPEST} levels deep; flatten it`);
  if (!isShallow(value)) throw tooDeep();
  const event = decode(Event, value, place);
  const odd = Object.keys(event).find((name) => !/^[a-z0-9]+$/.test(name) && name !== 'data_base64');
  if (odd !== undefined) {
    throw new CloudError(
      'InvalidInput',
      `${place}: attribute ${JSON.stringify(odd)}: the names of attributes have lower case letters and digits alone; put other things into data`,
    );
  }
  const size = Buffer.byteLength(JSON.stringify(event));
  if (size > LARGEST_EVENT) {
    throw new CloudError(
      'InvalidInput',
      `${place}: it has ${size} bytes and may have ${LARGEST_EVENT}; keep large data elsewhere and send where it is`,
    );
  }
  return { time: now.toISOString(), ...event } as CloudEvent;
}

/** Whether a value is nested no deeper than the data of an event may be. */
export function isShallow(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; depth <= DEEPEST; depth++) {
    level = level.flatMap((each) => (each && typeof each === 'object' ? Object.values(each) : []));
    if (level.length === 0) return true;
  }
  return false;
}
