import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { parseQuery } from '../../../shared/semantics/sigv4/index.ts';
import { bucketAcl } from './access/acl.ts';
import { authorize } from './access/authorize.ts';
import { addressOf } from './addressing.ts';
import { identify } from './authentication.ts';
import { corsHeaders } from './cors.ts';
import { S3Error, s3Error } from './errors.ts';
import { hoistedHeaders } from './hoistedHeaders.ts';
import { Payload } from './payload.ts';
import { type Answer, Parameters, type S3Request } from './request.ts';
import { actionOf, type Route, routeOf } from './routes.ts';
import type { Services } from './services.ts';
import { errorDocument, NAMESPACE, xmlDocument } from './xml.ts';

export interface EndpointOptions extends Services {
  /** Host names below which the first label is a bucket: `bucket.s3.example.com`. */
  domains: readonly string[];
  /** Is told of errors that nobody foresaw. */
  onError?(error: unknown): void;
}

/** S3's REST interface over an object store; whoever listens hands it the requests. */
export class S3Endpoint {
  readonly #options: EndpointOptions;

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  /** Answers a request; `expectsContinue` where the client waits to be told before it sends the content. */
  async handle(incoming: IncomingMessage, outgoing: ServerResponse, expectsContinue = false): Promise<void> {
    const id = randomBytes(8).toString('hex').toUpperCase();
    const target = incoming.url ?? '/';
    let request: S3Request | undefined;
    let answer: Answer;
    let cors: Record<string, string> = {};
    try {
      request = this.#read(incoming, id, () => {
        if (expectsContinue && !outgoing.headersSent) outgoing.writeContinue();
      });
      cors = await corsHeaders(request, this.#options);
      answer = await this.#answer(request);
    } catch (thrown) {
      const error = s3Error(thrown);
      if (error.code === 'InternalError') this.#options.onError?.(error.cause);
      answer = errorAnswer(error, id, target.split('?')[0]!);
    }
    await send(incoming, outgoing, { ...answer, headers: { ...cors, ...answer.headers } }, id).catch(() =>
      outgoing.destroy(),
    );
  }

  #read(incoming: IncomingMessage, id: string, onRead: () => void): S3Request {
    const sent = headersOf(incoming);
    const { domains, clock, accounts } = this.#options;
    const method = incoming.method ?? 'GET';
    const address = addressOf(incoming.url ?? '/', sent.host ?? '', domains);
    const pairs = parseQuery(address.query);
    if (!pairs) throw new S3Error('InvalidURI', { details: { URI: address.query } });
    const time = clock.now();
    const signable = {
      method,
      path: address.path,
      query: pairs,
      headers: sent,
      ...(address.hostBucket !== undefined && { hostBucket: address.hostBucket }),
    };
    const { accessKeyId, authentication, verified } = identify(signable, { now: time, secretOf: accounts.secretOf });
    const headers = authentication === 'REST-QUERY-STRING' ? { ...hoistedHeaders(pairs), ...sent } : sent;
    return {
      ...address,
      method,
      parameters: new Parameters(pairs),
      headers,
      account: accessKeyId === undefined ? undefined : accounts.ofKey(accessKeyId),
      authentication,
      payload: new Payload({ incoming, headers, onRead, ...(verified && { verified }) }),
      id,
      time,
      remoteAddress: incoming.socket.remoteAddress?.replace(/^::ffff:/, '') ?? '',
      origin: `http://${headers.host ?? ''}`,
    };
  }

  async #answer(request: S3Request): Promise<Answer> {
    const { bucket, key } = request;
    const found = routeOf(request);
    if (found === undefined) {
      throw new S3Error('MethodNotAllowed', {
        details: { Method: request.method, ResourceType: key ? 'OBJECT' : bucket ? 'BUCKET' : 'SERVICE' },
      });
    }
    if (found === 'Unimplemented')
      throw new S3Error('NotImplemented', { message: 'This part of S3 is not implemented here' });
    if (key !== undefined && Buffer.byteLength(key) > 1024) {
      throw new S3Error('KeyTooLongError', {
        details: { Size: String(Buffer.byteLength(key)), MaxSizeAllowed: '1024' },
      });
    }
    await this.#authorize(request, found);
    return found.run(request, this.#options);
  }

  async #authorize(request: S3Request, found: Route): Promise<void> {
    const { bucket, key, headers, parameters } = request;
    if (bucket === undefined || found.creates) return;
    await this.#options.storage.getBucket(bucket);
    this.#checkOwner(bucket, headers['x-amz-expected-bucket-owner']);
    const action = actionOf(found, request);
    if (action === undefined) return;
    const versionId = parameters.get('versionId');
    await authorize(request, this.#options, {
      action,
      bucket,
      ...(key !== undefined && { key }),
      ...(versionId && { versionId }),
      ...(found.permission && { permission: found.permission }),
      ...(found.list && { list: found.list }),
    });
  }

  #checkOwner(bucket: string, expected: string | undefined): void {
    if (expected === undefined || expected === bucketAcl(this.#options, bucket).owner) return;
    throw new S3Error('AccessDenied');
  }
}

/** Headers as text: their bytes are UTF-8 where they can be, and latin1 otherwise. */
function headersOf({ headersDistinct }: IncomingMessage): Record<string, string> {
  const entries = Object.entries(headersDistinct).map(([name, values]): [string, string] => [
    name,
    utf8(values!.join(',')),
  ]);
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

function utf8(latin1: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is ASCII is both.
  if (/^[\x00-\x7f]*$/.test(latin1)) return latin1;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch {
    return latin1;
  }
}

/** An error as S3 answers it. */
export function errorAnswer(error: S3Error, id: string, resource: string): Answer {
  const content = {
    Code: error.code,
    Message: error.message,
    ...error.details,
    Resource: resource,
    RequestId: id,
    HostId: hostId(id),
  };
  if (error.status === 304) return { status: 304, headers: error.headers };
  return {
    status: error.status,
    headers: { ...error.headers, 'content-type': 'application/xml' },
    body: errorDocument(content),
  };
}

const hostId = (id: string): string => Buffer.from(`cloudlib ${id}`).toString('base64');

async function send(incoming: IncomingMessage, outgoing: ServerResponse, answer: Answer, id: string): Promise<void> {
  const { status = 200, headers = {}, body } = answer;
  outgoing.statusCode = status;
  outgoing.setHeader('x-amz-request-id', id);
  outgoing.setHeader('x-amz-id-2', hostId(id));
  outgoing.setHeader('server', 'CloudLib');
  for (const [name, value] of Object.entries(headers)) {
    // A header is bytes; its text goes out as UTF-8.
    if (value !== undefined) outgoing.setHeader(name, Buffer.from(value).toString('latin1'));
  }
  if (body instanceof ReadableStream) return sendStream(incoming, outgoing, body);
  const text =
    body === undefined || typeof body === 'string'
      ? body
      : xmlDocument(body.root, body.content, 'namespace' in body ? body.namespace : NAMESPACE);
  if (text !== undefined && !outgoing.hasHeader('content-type')) outgoing.setHeader('content-type', 'application/xml');
  if (incoming.method === 'HEAD' || status === 204 || status === 304) {
    if (incoming.method === 'HEAD' && status >= 400) outgoing.removeHeader('content-length');
    outgoing.end();
    return;
  }
  outgoing.setHeader('content-length', Buffer.byteLength(text ?? ''));
  outgoing.end(text);
}

async function sendStream(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  body: ReadableStream<Uint8Array>,
): Promise<void> {
  if (incoming.method === 'HEAD') {
    await body.cancel();
    outgoing.end();
    return;
  }
  await pipeline(Readable.fromWeb(body as WebStream), outgoing);
}
