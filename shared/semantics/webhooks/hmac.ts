import { createHash, createHmac } from 'node:crypto';
import { Duration } from '../../core/duration.ts';
import { CloudError } from '../../core/errors.ts';
import {
  type Delivery,
  equalInConstantTime,
  refused,
  requireSecrets,
  type Scheme,
  timestampProblem,
  type WebhookRequest,
} from './scheme.ts';

/** How a sender signs its webhooks with an HMAC. */
export interface HmacDescription {
  /** The header with the signature. */
  header: string;
  /** `sha256` when left out. */
  algorithm?: 'sha1' | 'sha256' | 'sha512';
  /** `hex` when left out. */
  encoding?: 'hex' | 'base64' | 'base64url';
  /** What stands in front of the signature, such as `sha256=`. */
  prefix?: string;
  /** What is signed: text with `{body}`, `{timestamp}` and `{id}`; `{body}` when left out. */
  content?: string;
  /** The header with the time of sending, in seconds (or, with 13 digits, milliseconds) since 1970. */
  timestampHeader?: string;
  /** How far that time may lie from now: 5 minutes when left out. */
  tolerance?: Duration;
  /** The header that names the delivery and stays the same when it is repeated; what is signed names it when left out. */
  idHeader?: string;
  /** The header that says what kind of delivery it is. */
  eventHeader?: string;
}

const TOLERANCE = Duration.minutes(5);
const ALGORITHMS = ['sha1', 'sha256', 'sha512'];
const ENCODINGS = ['hex', 'base64', 'base64url'];
const PLACEHOLDERS = /\{(body|timestamp|id)\}/g;

/** What is wrong with a description, a sentence each; empty when webhooks can be verified by it. */
export function hmacProblems(description: HmacDescription): string[] {
  const { algorithm = 'sha256', encoding = 'hex', content = '{body}', timestampHeader, idHeader } = description;
  const headers = ['header', 'timestampHeader', 'idHeader', 'eventHeader'] as const;
  const used = new Set([...content.matchAll(PLACEHOLDERS)].map(([, name]) => name));
  return [
    ...headers.map(
      (name) =>
        (description[name] === undefined && name !== 'header') ||
        /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(description[name] ?? '') ||
        `${name}: ${JSON.stringify(description[name])} is no name of a header`,
    ),
    ALGORITHMS.includes(algorithm) || `algorithm: ${JSON.stringify(algorithm)} is none of ${ALGORITHMS.join(', ')}`,
    ENCODINGS.includes(encoding) || `encoding: ${JSON.stringify(encoding)} is none of ${ENCODINGS.join(', ')}`,
    used.has('body') || 'content: {body} is missing, so anybody could change the body',
    !used.has('timestamp') ||
      timestampHeader !== undefined ||
      'content has {timestamp}: name its header, timestampHeader',
    used.has('timestamp') ||
      timestampHeader === undefined ||
      'timestampHeader: content does not have {timestamp}, so anybody could change it',
    !used.has('id') || idHeader !== undefined || 'content has {id}: name its header, idHeader',
  ].filter((problem) => typeof problem === 'string');
}

/** The scheme of a description; `InvalidInput` with everything that is wrong with it. */
export function hmac(description: HmacDescription): Scheme {
  const problems = hmacProblems(description);
  if (problems.length)
    throw new CloudError('InvalidInput', `webhook hmac: ${problems.join('; ')}`, { details: { problems } });
  const { header, prefix = '', timestampHeader, tolerance = TOLERANCE, idHeader, eventHeader } = description;
  const at = ({ headers }: WebhookRequest, name: string | undefined): string =>
    name === undefined ? '' : (headers[name.toLowerCase()] ?? '');
  return {
    verify(request, options) {
      requireSecrets('hmac', options.secrets);
      const missing = [header, timestampHeader, idHeader, eventHeader].find(
        (name) => name !== undefined && !at(request, name),
      );
      if (missing !== undefined) return refused(`the header ${missing} is missing`);
      const [timestamp, id] = [at(request, timestampHeader), at(request, idHeader)];
      const problem =
        timestampHeader === undefined
          ? undefined
          : timestampProblem(`the header ${timestampHeader}`, timestamp, options.now, options.tolerance ?? tolerance);
      if (problem) return refused(problem);
      const content = contentOf(description, { timestamp, id, body: request.body });
      const given = at(request, header);
      const matching = options.secrets.filter((secret) =>
        equalInConstantTime(given, prefix + signatureOf(description, content, secret)),
      );
      if (matching.length === 0) {
        return refused(
          `the signature in ${header} does not match; the delivery was changed on its way, or the secrets differ`,
        );
      }
      return {
        verified: true,
        id: id || createHash('sha256').update(content).digest('hex'),
        ...(eventHeader !== undefined && { event: at(request, eventHeader) }),
      };
    },

    sign({ id, event = 'test', body, secret, now }: Delivery) {
      requireSecrets('hmac', [secret]);
      const timestamp = String(Math.floor(now.getTime() / 1000));
      const content = contentOf(description, { timestamp, id, body });
      return {
        [header.toLowerCase()]: prefix + signatureOf(description, content, secret),
        ...(timestampHeader !== undefined && { [timestampHeader.toLowerCase()]: timestamp }),
        ...(idHeader !== undefined && { [idHeader.toLowerCase()]: id }),
        ...(eventHeader !== undefined && { [eventHeader.toLowerCase()]: event }),
      };
    },
  };
}

function signatureOf(
  { algorithm = 'sha256', encoding = 'hex' }: HmacDescription,
  content: Uint8Array,
  secret: string,
): string {
  return createHmac(algorithm, secret).update(content).digest(encoding);
}

/** The template filled in, in one pass: a brace in the body is a brace. */
function contentOf(
  { content = '{body}' }: HmacDescription,
  { timestamp, id, body }: { timestamp: string; id: string; body: Uint8Array },
): Uint8Array {
  const values: Record<string, Uint8Array> = { timestamp: Buffer.from(timestamp), id: Buffer.from(id), body };
  // Splitting by an expression with a group gives text and names in turn.
  return Buffer.concat(
    content.split(PLACEHOLDERS).map((part, index) => (index % 2 ? values[part]! : Buffer.from(part))),
  );
}
