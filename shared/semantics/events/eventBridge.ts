/**
 * Events of Amazon EventBridge as CloudEvents 1.0, and back, without loss in either direction.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html and https://github.com/cloudevents/spec
 */
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { Json } from '../../core/codecs.ts';
import { decode } from '../../core/validation.ts';

/** An event as EventBridge delivers it. */
export const Envelope = z.strictObject({
  version: z.literal('0', 'EventBridge has version "0" alone'),
  id: z.string().min(1),
  'detail-type': z.string().min(1),
  source: z.string().min(1),
  account: z.string(),
  time: z.iso.datetime({ offset: true }),
  region: z.string(),
  resources: z.array(z.string()),
  detail: z.record(z.string(), Json),
  /** The replay of an archive that the event comes from. */
  'replay-name': z.string().optional(),
});
export type Envelope = z.output<typeof Envelope>;

/** A CloudEvent in its JSON form. */
export interface CloudEventJson {
  specversion: '1.0';
  id: string;
  source: string;
  type: string;
  time: string;
  [attribute: string]: Json | undefined;
}

/** What the envelope of EventBridge has and a CloudEvent does not, as extension attributes. */
const EXTENSIONS = ['awsaccount', 'awsregion', 'awsresources', 'awsreplay', 'awseventid', 'awstime'] as const;
/** The member of `detail` that carries a CloudEvent which the envelope alone cannot. */
const CARRIER = 'cloudevent';

/** Reads an envelope; `InvalidInput` says what is wrong with it. */
export const readEnvelope = (value: unknown, place = 'event'): Envelope => decode(Envelope, value, place);

/**
 * An event of EventBridge as a CloudEvent: `detail` is its data, `detail-type` its type. Where `detail` carries a CloudEvent that
 * `toEventBridge` has put there, it is that one again, also when EventBridge gave it another id, account or time on its way.
 */
export function fromEventBridge(envelope: Envelope): CloudEventJson {
  const event = unwrapped(envelope);
  // A carrier that somebody else has built, so that it would be written in another way, is data like any other.
  return event && isDeepStrictEqual(toEventBridge(event), envelope) ? event : flat(envelope);
}

/**
 * A CloudEvent as an event of EventBridge. One that came from there gets its envelope back; of any other, `detail.cloudevent` carries all
 * of it, because the envelope has no place for subjects, extensions, or data that is not an object.
 */
export function toEventBridge(event: CloudEventJson): Envelope {
  const envelope = unflat(event);
  // What would be read as another event must be carried, too.
  return envelope && isDeepStrictEqual(fromEventBridge(envelope), event) ? envelope : wrapped(event);
}

function flat({ detail, ...envelope }: Envelope): CloudEventJson {
  return {
    specversion: '1.0',
    id: envelope.id,
    source: envelope.source,
    type: envelope['detail-type'],
    time: envelope.time,
    datacontenttype: 'application/json',
    awsaccount: envelope.account,
    awsregion: envelope.region,
    awsresources: JSON.stringify(envelope.resources),
    ...replayOf(envelope),
    data: detail,
  };
}

/** The inverse of `flat`, where there is one. */
function unflat(event: CloudEventJson): Envelope | undefined {
  const { id, source, type, time, awsaccount, awsregion, awsreplay, data } = event;
  const envelope = Envelope.safeParse({
    version: '0',
    id,
    source,
    'detail-type': type,
    time,
    account: awsaccount,
    region: awsregion,
    resources: resourcesOf(event),
    detail: data,
    ...(awsreplay !== undefined && { 'replay-name': awsreplay }),
  });
  return envelope.success && isDeepStrictEqual(flat(envelope.data), event) ? envelope.data : undefined;
}

function wrapped(event: CloudEventJson): Envelope {
  const { awsaccount, awsregion, awsreplay, awseventid, awstime, awsresources: _, ...rest } = event;
  const own = {
    id: awseventid ?? event.id,
    time: awstime ?? event.time,
    account: awsaccount ?? '',
    region: awsregion ?? '',
    resources: resourcesOf(event) ?? [],
  };
  const envelope = Envelope.safeParse({
    version: '0',
    source: event.source,
    'detail-type': event.type,
    ...own,
    ...(awsreplay !== undefined && { 'replay-name': awsreplay }),
    detail: { [CARRIER]: rest },
  });
  if (envelope.success && isDeepStrictEqual(unwrapped(envelope.data), event)) return envelope.data;
  return carried(event);
}

/** The form that fits every event: its attributes of AWS are of another kind than ours, and stay where they are. */
function carried(event: CloudEventJson): Envelope {
  const { id, source, type, time } = event;
  const envelope = { version: '0', id, source, 'detail-type': type, time, account: '', region: '', resources: [] };
  return readEnvelope({ ...envelope, detail: { [CARRIER]: { whole: event } } }, `event ${JSON.stringify(id)}`);
}

/** The CloudEvent that an envelope carries, if it carries one. */
function unwrapped(envelope: Envelope): CloudEventJson | undefined {
  const { [CARRIER]: carrier, ...others } = envelope.detail;
  if (!isObject(carrier) || Object.keys(others).length) return undefined;
  if (isObject(carrier.whole))
    return isEvent(carrier.whole as CloudEventJson) ? (carrier.whole as CloudEventJson) : undefined;
  const event = carrier as CloudEventJson;
  if (!isEvent(event) || EXTENSIONS.some((name) => name in event)) return undefined;
  if (event.source !== envelope.source || event.type !== envelope['detail-type']) return undefined;
  return { ...event, ...differences(event, envelope) };
}

/** What EventBridge made of the envelope on its way. */
function differences(event: CloudEventJson, envelope: Envelope): { [extension: string]: string } {
  return {
    ...(envelope.id !== event.id && { awseventid: envelope.id }),
    ...(envelope.time !== event.time && { awstime: envelope.time }),
    ...(envelope.account !== '' && { awsaccount: envelope.account }),
    ...(envelope.region !== '' && { awsregion: envelope.region }),
    ...(envelope.resources.length && { awsresources: JSON.stringify(envelope.resources) }),
    ...replayOf(envelope),
  };
}

const replayOf = ({ 'replay-name': replay }: Pick<Envelope, 'replay-name'>): { awsreplay?: string } =>
  replay === undefined ? {} : { awsreplay: replay };

function resourcesOf({ awsresources }: CloudEventJson): unknown {
  if (typeof awsresources !== 'string') return undefined;
  try {
    return JSON.parse(awsresources);
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const Carried = z.looseObject({
  specversion: z.literal('1.0'),
  id: z.string().min(1),
  source: z.string().min(1),
  type: z.string().min(1),
  time: z.iso.datetime({ offset: true }),
});
const isEvent = (event: CloudEventJson): boolean => Carried.safeParse(event).success;
