import { z } from 'zod';
import type { Json } from '../../../shared/core/codecs.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import { newId } from '../../../shared/core/ids.ts';
import { decode } from '../../../shared/core/validation.ts';
import { type Envelope, fromEventBridge, readEnvelope } from '../../../shared/semantics/events/eventBridge.ts';

/** How many events one request may bring. */
const MOST_EVENTS = 1_000;
/** The end of the year 9999. */
const LATEST_SECOND = 253_402_300_799;

/** A request as the HTTP binding looks at it. */
export interface EventRequest {
  headers: Record<string, string | undefined>;
  body: Uint8Array;
}

/**
 * The events of a request as they are, for the bus to check, in the structured, binary or batch mode of CloudEvents 1.0, or as
 * EventBridge sends and takes them.
 *
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md. The package `cloudevents` is not what
 * reads here, because it makes up an id where there is none and drops data such as `false`, `0` and `null`.
 */
export function readEvents({ headers, body }: EventRequest, now: Date): unknown[] {
  const type = headers['content-type'] ?? '';
  if (/^application\/cloudevents-batch\+json\b/i.test(type)) return readBatch(parseJson(body));
  if (/^application\/cloudevents\+json\b/i.test(type)) return [parseJson(body)];
  if (/^application\/cloudevents/i.test(type)) {
    throw new CloudError('InvalidInput', `content-type ${JSON.stringify(type)}: send events as JSON`);
  }
  if (headers['ce-specversion'] !== undefined) return [fromHeaders(headers, body)];
  if (/^application\/(json|x-amz-json-1\.[01])\b/i.test(type)) return readEventBridge(parseJson(body), now);
  throw new CloudError(
    'InvalidInput',
    `this is no CloudEvent: send application/cloudevents+json, application/cloudevents-batch+json, the headers ce-specversion, ce-id, ce-source and ce-type, or events of EventBridge as application/json`,
  );
}

function readBatch(batch: Json): Json[] {
  if (!Array.isArray(batch)) throw new CloudError('InvalidInput', 'a batch is a JSON array of events');
  return limited(batch);
}

function limited(batch: Json[]): Json[] {
  if (batch.length > MOST_EVENTS) {
    throw new CloudError(
      'InvalidInput',
      `the batch has ${batch.length} events and may have ${MOST_EVENTS}; send several`,
    );
  }
  return batch;
}

/** An envelope of EventBridge as its API destinations send it, several of them, or what its PutEvents takes. */
function readEventBridge(body: Json, now: Date): unknown[] {
  if (isEntries(body))
    return limited(body.Entries).map((entry, index) => fromEventBridge(readEntry(entry, index, now)));
  const envelopes = limited(Array.isArray(body) ? body : [body]);
  return envelopes.map((envelope, index) => fromEventBridge(readEnvelope(envelope, `event ${index} of EventBridge`)));
}

const isEntries = (body: Json): body is { Entries: Json[] } =>
  typeof body === 'object' && body !== null && !Array.isArray(body) && Array.isArray(body.Entries);

/** One event as PutEvents takes it. */
const Entry = z.strictObject({
  Source: z.string().min(1),
  DetailType: z.string().min(1),
  Detail: z.string(),
  /** Seconds since 1970 on AWS's own wire. */
  Time: z.union([z.iso.datetime({ offset: true }), z.number().min(0).max(LATEST_SECOND)]).optional(),
  Resources: z.array(z.string()).optional(),
  EventBusName: z.string().optional(),
  TraceHeader: z.string().optional(),
});

/** As with AWS, an entry has no identity: it gets one. */
function readEntry(value: Json, index: number, now: Date): Envelope {
  const place = `entry ${index} of PutEvents`;
  const { Source, DetailType, Detail, Time = now.getTime() / 1000, Resources = [] } = decode(Entry, value, place);
  const envelope = {
    version: '0',
    id: newId(),
    source: Source,
    'detail-type': DetailType,
    account: '',
    time: typeof Time === 'string' ? Time : new Date(Time * 1000).toISOString(),
    region: '',
    resources: Resources,
    detail: parseJson(Buffer.from(Detail), `${place}: Detail`),
  };
  return readEnvelope(envelope, place);
}

function fromHeaders(headers: Record<string, string | undefined>, body: Uint8Array): Record<string, unknown> {
  const attributes = Object.entries(headers).flatMap(([name, value]) =>
    name.startsWith('ce-') && value !== undefined ? [[name.slice(3), percentDecoded(name, value)]] : [],
  );
  const type = headers['content-type'];
  return { ...Object.fromEntries(attributes), ...(type && { datacontenttype: type }), ...dataOf(type, body) };
}

function dataOf(type: string | undefined, body: Uint8Array): { data?: unknown; data_base64?: string } {
  if (body.length === 0) return {};
  if (type === undefined || /^[^;]*[/+]json\b/i.test(type)) return { data: parseJson(body) };
  if (/^text\//i.test(type)) return { data: new TextDecoder().decode(body) };
  return { data_base64: Buffer.from(body).toString('base64') };
}

function percentDecoded(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new CloudError('InvalidInput', `header ${name}: ${JSON.stringify(value)} is not percent-encoded UTF-8`);
  }
}

function parseJson(body: Uint8Array, place = 'the body'): Json {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw new CloudError('InvalidInput', `${place} is not JSON: ${(error as Error).message}`);
  }
}
