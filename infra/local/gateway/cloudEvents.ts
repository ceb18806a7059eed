import type { Json } from '../../../shared/core/codecs.ts';
import { CloudError } from '../../../shared/core/errors.ts';

/** How many events one request may bring. */
const MOST_EVENTS = 1_000;

/** A request as the HTTP binding looks at it. */
export interface EventRequest {
  headers: Record<string, string | undefined>;
  body: Uint8Array;
}

/**
 * The events of a request as they are, for the bus to check, in the structured, binary or batch mode of CloudEvents 1.0.
 *
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md. The package `cloudevents` is not what
 * reads here, because it makes up an id where there is none and drops data such as `false`, `0` and `null`.
 */
export function readEvents({ headers, body }: EventRequest): unknown[] {
  const type = headers['content-type'] ?? '';
  if (/^application\/cloudevents-batch\+json\b/i.test(type)) return readBatch(parseJson(body));
  if (/^application\/cloudevents\+json\b/i.test(type)) return [parseJson(body)];
  if (/^application\/cloudevents/i.test(type)) {
    throw new CloudError('InvalidInput', `content-type ${JSON.stringify(type)}: send events as JSON`);
  }
  if (headers['ce-specversion'] !== undefined) return [fromHeaders(headers, body)];
  throw new CloudError(
    'InvalidInput',
    `this is no CloudEvent: send application/cloudevents+json, application/cloudevents-batch+json, or the headers ce-specversion, ce-id, ce-source and ce-type`,
  );
}

function readBatch(batch: Json): Json[] {
  if (!Array.isArray(batch)) throw new CloudError('InvalidInput', 'a batch is a JSON array of events');
  if (batch.length > MOST_EVENTS) {
    throw new CloudError(
      'InvalidInput',
      `the batch has ${batch.length} events and may have ${MOST_EVENTS}; send several`,
    );
  }
  return batch;
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

function parseJson(body: Uint8Array): Json {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw new CloudError('InvalidInput', `the body is not JSON: ${(error as Error).message}`);
  }
}
