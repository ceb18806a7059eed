import { timingSafeEqual } from 'node:crypto';
import type { Server } from 'node:http';
import { serve } from '@hono/node-server';
import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { streamSSE } from 'hono/streaming';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { Duration } from '../../../shared/core/duration.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import type { Host } from '../../../shared/host.ts';
import { causeOfRequest, currentCause } from '../bus/cause.ts';
import { addApplicationRoutes } from './applicationRoutes.ts';
import { addEventRoutes } from './eventRoutes.ts';
import { openApi } from './openApi.ts';
import { taskRoutes } from './tasks.ts';
import type { Webhooks } from './webhooks.ts';

/** The largest webhook that is read, in bytes, unless told otherwise. */
const LARGEST_WEBHOOK = 1024 * 1024;
/** The largest input of an operation that is read, in bytes. */
const LARGEST_INPUT = 8 * 1024 * 1024;

export interface GatewayOptions {
  host: Host;
  webhooks: Webhooks;
  /** What callers must send as a bearer token, except for webhooks, which are signed. */
  token: string;
  /** 0 takes any free port. */
  port: number;
  /** Bytes. */
  largestWebhook?: number;
}

/** The host's HTTP face on the loopback: webhooks, operations, executions, events. */
export class Gateway {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Opens the gateway; a port that is taken is an error that names it. */
  static open(options: GatewayOptions): Promise<Gateway> {
    return new Promise((resolve, reject) => {
      const server = serve({ fetch: routes(options).fetch, hostname: '127.0.0.1', port: options.port }, ({ port }) =>
        resolve(new Gateway(server, port)),
      ) as Server;
      server.once('error', (error) => reject(portTaken(options.port, error)));
    });
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

function routes({ host, webhooks, token, largestWebhook = LARGEST_WEBHOOK }: GatewayOptions): Hono {
  const app = new Hono();
  app.onError((thrown, context) => {
    const error = CloudError.from(thrown);
    const { retryAfter } = error.details;
    if (retryAfter instanceof Duration) context.header('retry-after', String(Math.ceil(retryAfter.seconds)));
    return context.json({ error: error.toJSON() }, statusOf(error));
  });
  app.notFound((context) =>
    context.json({ error: { code: 'NotFound', message: `there is nothing at ${context.req.path}` } }, 404),
  );

  app.get('/health', (context) => context.json({ status: 'ok' }));
  app.get('/openapi.json', async (context) =>
    context.json(openApi(webhooks.names(), await host.application.operations()) as never),
  );
  app.post('/webhooks/:hook', rateLimit(webhooks), limit(largestWebhook), async (context) => {
    const body = new Uint8Array(await context.req.arrayBuffer());
    const headers = context.req.header();
    const answer = await currentCause.run(causeOfRequest(headers), () =>
      webhooks.receive(context.req.param('hook'), headers, body),
    );
    return context.json(answer.body, answer.status);
  });

  app.use('*', async (context, next) => {
    if (bearer(context) !== undefined && sameText(bearer(context)!, token)) return next();
    return context.json(
      { error: { code: 'Unauthorized', message: 'send the token of this host as "Authorization: Bearer …"' } },
      401,
    );
  });
  addApplicationRoutes(app, host.application);
  app.post('/operations/:name', limit(LARGEST_INPUT), async (context) => {
    const input = await context.req.json().catch(() => {
      throw new CloudError('InvalidInput', 'the body is not JSON; send the input of the operation');
    });
    const provider = context.req.query('provider');
    const requestId = context.req.header('idempotency-key');
    return context.json(
      await host.invoke(context.req.param('name'), input, {
        ...(provider && { provider }),
        ...(requestId && { requestId }),
        ...traceOf(context),
      }),
    );
  });
  app.get('/executions', async (context) => {
    const workflow = context.req.query('workflow');
    const limit = wholeNumber(context, 'limit') ?? 50;
    return context.json(await host.executions({ ...(workflow && { workflow }), limit }));
  });
  app.get('/executions/:id', async (context) => {
    const wait = context.req.query('wait') === 'true';
    const id = context.req.param('id');
    const found = await host.execution(id);
    const execution = found && wait ? await Promise.race([host.waitForExecution(id), soon(found)]) : found;
    if (!execution)
      throw new CloudError('NotFound', `there is no execution "${id}"`, { details: { resource: `execution ${id}` } });
    return context.json(execution);
  });
  app.get('/executions/:id/history', async (context) => context.json(await host.history(context.req.param('id'))));
  addEventRoutes(app, host.bus, limit(LARGEST_INPUT));
  app.route('/', taskRoutes(host, limit(LARGEST_INPUT)));
  app.get('/events', (context) => {
    const cursor = wholeNumber(context, 'cursor');
    return streamSSE(context, async (stream) => {
      const stopped = new AbortController();
      stream.onAbort(() => stopped.abort());
      const heartbeat = setInterval(() => void stream.write(': nothing happened\n\n'), HEARTBEAT);
      stopped.signal.addEventListener('abort', () => clearInterval(heartbeat));
      for await (const { cursor: at, event } of host.events({
        ...(cursor !== undefined && { cursor }),
        signal: stopped.signal,
      })) {
        await stream.writeSSE({ id: String(at), data: JSON.stringify(event) });
      }
    });
  });
  return app;
}

/** Milliseconds between the comments that keep a stream of events alive: fetch gives a silent answer up after five minutes. */
const HEARTBEAT = 15_000;

/** A caller that waits gets an answer after this many milliseconds at the latest, and asks again. */
const LONGEST_WAIT = 20_000;

function soon<T>(value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(resolve, LONGEST_WAIT, value).unref());
}

function wholeNumber(context: Context, name: string): number | undefined {
  const text = context.req.query(name);
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new CloudError('InvalidInput', `${name}: ${JSON.stringify(text)} is not a whole number of 0 or more`);
}

/** Refuses what is too much before anything of it is read. */
function rateLimit(webhooks: Webhooks): MiddlewareHandler {
  return async (context, next) => {
    const hook = context.req.param('hook')!;
    const seconds = webhooks.secondsToWait(hook);
    if (seconds === undefined) return next();
    context.header('retry-after', String(seconds));
    context.header('connection', 'close');
    const message = `webhook "${hook}" takes no more now; come again in ${seconds} s`;
    return context.json({ error: { code: 'Throttled', message } }, 429);
  };
}

function limit(maxSize: number) {
  return bodyLimit({
    maxSize,
    onError: (context) => {
      // What was not read is still on its way, so the connection cannot carry another request.
      context.header('connection', 'close');
      const message = `the body is larger than the limit of ${maxSize} bytes`;
      return context.json({ error: { code: 'InvalidInput', message } }, 413);
    },
  });
}

function bearer(context: Context): string | undefined {
  return /^Bearer (.+)$/i.exec(context.req.header('authorization') ?? '')?.[1];
}

/** The fields of W3C Trace Context that a request has. */
function traceOf(context: Context): { traceparent?: string; tracestate?: string } {
  const { traceparent, tracestate } = context.req.header();
  return { ...(traceparent && { traceparent }), ...(tracestate && { tracestate }) };
}

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

const STATUS: [RegExp, ContentfulStatusCode][] = [
  [/^InvalidInput$|Invalid/, 400],
  [/^Unauthorized$/, 401],
  [/AccessDenied|PermissionDenied/, 403],
  [/NotFound/, 404],
  [/Conflict|AlreadyExists|NotEmpty/, 409],
  [/^Throttled$/, 429],
  [/^Unimplemented$/, 501],
  [/^Unavailable$/, 503],
];

function statusOf({ code }: CloudError): ContentfulStatusCode {
  return STATUS.find(([pattern]) => pattern.test(code))?.[1] ?? 500;
}

function portTaken(port: number, error: NodeJS.ErrnoException): Error {
  if (error.code !== 'EADDRINUSE') return error;
  return new CloudError(
    'Unavailable',
    `port ${port} is taken by another program; choose one with --port, or 0 for any free one`,
    {
      details: { service: 'gateway', reason: 'port taken' },
    },
  );
}
