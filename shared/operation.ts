import { createHash } from 'node:crypto';
import { type Context, context, SpanStatusCode, trace } from '@opentelemetry/api';
import { z } from 'zod';
import type { Json } from './core/codecs.ts';
import { CloudError } from './core/errors.ts';
import { newId } from './core/ids.ts';
import { decode } from './core/validation.ts';
import type { Domain, Ports } from './drivers/ports.ts';
import type { CloudEvent, OperationHost, RequestOptions } from './host.ts';
import type { Idempotency } from './operationDescription.ts';
import { parseTraceContext } from './semantics/tracing/traceContext.ts';

/** What `run` gets besides its input and its driver. */
export interface OperationContext {
  host: OperationHost;
  /** The name of the provider whose driver it got. */
  provider: string;
  requestId: string;
  now: Date;
}

type DomainOf<Name extends string> = Name extends `${infer D extends Domain}.${string}` ? D : never;

/** One thing CloudLib does, as data: every entry point, document and command is made from it. */
export interface Operation<
  Name extends string = string,
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
> {
  /** `<domain>.<operation>`; the domain says which port's driver `run` gets. */
  name: Name;
  summary: string;
  input: Input;
  output: Output;
  /** Codes of the errors that a caller should expect, besides the common ones. */
  errors: string[];
  idempotency: Idempotency;
  /** An input in JSON form: documentation, and a test at once. */
  example: z.input<Input>;
  run(
    input: z.output<Input>,
    driver: Ports[DomainOf<Name>],
    context: OperationContext,
  ): Promise<z.output<Output>> | z.output<Output>;
}

/** Declares an operation; the types of `run` follow from the name and the schemas. */
export function operation<const Name extends `${Domain}.${string}`, Input extends z.ZodType, Output extends z.ZodType>(
  definition: Operation<Name, Input, Output>,
): Operation<Name, Input, Output> {
  return definition;
}

/** What an idempotency store says about a request that wants to begin. */
export type Claim =
  | { kind: 'Claimed' }
  | { kind: 'Running' }
  | { kind: 'OtherPayload' }
  | { kind: 'Done'; output: Json };

/** The memory of requests: in progress with their payload's hash, or done with their output, until they expire. */
export interface IdempotencyStore {
  claim(operation: string, requestId: string, payloadHash: string): Promise<Claim>;
  complete(operation: string, requestId: string, output: Json): Promise<void>;
  /** Forgets a request that failed, so that it can be tried again. */
  release(operation: string, requestId: string): Promise<void>;
}

/** What a host brings so that `invoke` can do its work. */
export interface Environment {
  host: OperationHost;
  idempotency: IdempotencyStore;
  now(): Date;
  /** The driver of a domain for a provider of the configuration, by name. */
  driver<D extends Domain>(provider: string | undefined, domain: D): Promise<{ provider: string; driver: Ports[D] }>;
}

type Request = RequestOptions & { requestId: string };

const tracer = trace.getTracer('cloudlib');

/**
 * Runs an operation: the one path that every host takes.
 *
 * Validates the input, deduplicates by (operation, request id), calls the driver, validates the output, publishes the outcome and turns
 * any failure into a `CloudError`, inside a trace span. Input and output are in JSON form.
 */
export function invoke(
  operation: Operation,
  input: Json,
  options: RequestOptions,
  environment: Environment,
): Promise<Json> {
  return tracer.startActiveSpan(operation.name, {}, traceOf(options), async (span) => {
    const request = { ...options, requestId: options.requestId ?? newId() };
    try {
      const output = await deduplicated(operation, input, request, environment).catch(async (thrown: unknown) => {
        const error = CloudError.from(thrown);
        span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
        await publishOutcome(operation, request, environment, 'failed', { input, error: asJson(error.toJSON()) });
        throw error;
      });
      await publishOutcome(operation, request, environment, 'succeeded', { input, output });
      return output;
    } finally {
      span.end();
    }
  });
}

/** The context of OpenTelemetry that a request belongs to: that of its trace, else the one that is active. */
function traceOf(options: RequestOptions): Context {
  const found = parseTraceContext(options);
  if (!found) return context.active();
  const { traceId, parentId: spanId, flags: traceFlags } = found;
  return trace.setSpanContext(context.active(), { traceId, spanId, traceFlags, isRemote: true });
}

async function deduplicated(
  operation: Operation,
  input: Json,
  options: Request,
  environment: Environment,
): Promise<Json> {
  if (operation.idempotency !== 'request') return perform(operation, input, options, environment);
  const { requestId } = options;
  const claim = await environment.idempotency.claim(
    operation.name,
    requestId,
    hash({ input, provider: options.provider }),
  );
  if (claim.kind === 'Done') return claim.output;
  if (claim.kind === 'Running') {
    throw new CloudError('Conflict', `${operation.name}: request "${requestId}" is still running; ask again later`, {
      retry: 'backoff',
    });
  }
  if (claim.kind === 'OtherPayload') {
    throw new CloudError(
      'Conflict',
      `${operation.name}: request id "${requestId}" was used before with another input; use a new id for a new request`,
    );
  }
  try {
    const output = await perform(operation, input, options, environment);
    await environment.idempotency.complete(operation.name, requestId, output);
    return output;
  } catch (error) {
    await environment.idempotency.release(operation.name, requestId);
    throw error;
  }
}

async function perform(operation: Operation, input: Json, options: Request, environment: Environment): Promise<Json> {
  const value = decode(operation.input, input, `${operation.name} input`);
  const domain = operation.name.split('.')[0] as Domain;
  const { provider, driver } = await environment.driver(options.provider, domain);
  const context = { host: environment.host, provider, requestId: options.requestId, now: environment.now() };
  const output = await operation.run(value, driver as never, context);
  const written = z.safeEncode(operation.output, output);
  if (written.success) return asJson(written.data);
  throw new CloudError(
    'Internal',
    `${operation.name}: its output is not what it declares: ${z.prettifyError(written.error)}`,
  );
}

async function publishOutcome(
  operation: Operation,
  { requestId, traceparent, tracestate }: Request,
  environment: Environment,
  outcome: 'succeeded' | 'failed',
  data: { [key: string]: Json },
): Promise<void> {
  if (operation.idempotency === 'read') return;
  const event: CloudEvent = {
    specversion: '1.0',
    id: `${requestId}.${outcome}`,
    // Two operations may be asked under one request id; their outcomes are two events.
    source: `/operations/${operation.name}`,
    type: `cloudlib.${operation.name}.${outcome}`,
    time: environment.now().toISOString(),
    datacontenttype: 'application/json',
    ...(traceparent && { traceparent, ...(tracestate && { tracestate }) }),
    data,
  };
  await environment.host.publish(event);
}

function hash(payload: unknown): string {
  return createHash('sha256').update(canonicalJson(payload)).digest('hex');
}

/** JSON with sorted keys, so that equal payloads have equal text. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member) =>
    member && typeof member === 'object' && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

const asJson = (value: unknown): Json => value as Json;
