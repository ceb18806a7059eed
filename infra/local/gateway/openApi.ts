import { z } from 'zod';
import { catalog } from '../../../functions/catalog.ts';
import { Json } from '../../../shared/core/codecs.ts';
import type { Operation } from '../../../shared/operation.ts';
import type { JsonSchema, OperationDescription } from '../../../shared/operationDescription.ts';
import * as deploy from '../../../shared/types/deploy.ts';
import * as logging from '../../../shared/types/logging.ts';
import * as monitoring from '../../../shared/types/monitoring.ts';
import { applicationPaths, applicationSchemas } from './applicationPaths.ts';
import { eventPaths, eventSchemas } from './eventPaths.ts';

const ERROR = {
  description: 'The request failed; `code` says how, `retry` whether it may be tried again.',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        properties: {
          error: {
            type: 'object',
            required: ['code', 'message'],
            properties: {
              code: { type: 'string' },
              message: { type: 'string' },
              details: { type: 'object' },
              retry: { enum: ['never', 'backoff'] },
            },
          },
        },
      },
    },
  },
};

const operations: Operation[] = Object.values(catalog as unknown as Record<string, Operation>);

/** The gateway as an OpenAPI 3.1 document: every operation of the catalog and of the application, the webhooks by name, and the bus. */
export function openApi(webhooks: string[], own: OperationDescription[] = []): object {
  return {
    openapi: '3.1.0',
    info: { title: 'CloudLib', version: '1', description: 'The operations and webhooks of a CloudLib host.' },
    components: {
      schemas: { ...schemas(), ...ownSchemas(own) },
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
    security: [{ token: [] }],
    paths: {
      ...Object.fromEntries([
        ...operations.map((operation) => [`/operations/${operation.name}`, { post: describe(operation) }]),
        ...own.map((operation) => [`/operations/${operation.name}`, { post: describe(operation) }]),
        ...webhooks.map((name) => [`/webhooks/${name}`, { post: delivery(name) }]),
      ]),
      ...applicationPaths(ERROR),
      ...eventPaths(ERROR),
    },
  };
}

/** The types by name, and what each operation takes and gives; two operations may share a schema, which then has one name. */
const registry = z.registry<{ id: string }>();

function schemas(): object {
  const types = { Json, ...deploy, ...logging, ...monitoring, ...applicationSchemas, ...eventSchemas };
  for (const [id, schema] of Object.entries(types)) {
    if (schema instanceof z.ZodType) registry.add(schema, { id });
  }
  for (const { name, input, output } of operations) {
    if (!registry.has(input)) registry.add(input, { id: `${name}.input` });
    if (!registry.has(output)) registry.add(output, { id: `${name}.output` });
  }
  const made = z.toJSONSchema(registry, { uri: reference, io: 'input', unrepresentable: 'any' });
  return Object.fromEntries(
    Object.entries(made.schemas).map(([id, { $id: _, $schema: __, ...schema }]) => [id, schema]),
  );
}

/** The schemas of an application each stand for themselves: what they refer to is within them. */
function ownSchemas(own: OperationDescription[]): object {
  const embedded = (id: string, { $schema: _, ...schema }: JsonSchema): [string, object] => [
    id,
    { $id: id, ...schema },
  ];
  return Object.fromEntries(
    own.flatMap(({ name, input, output }) => [embedded(`${name}.input`, input), embedded(`${name}.output`, output)]),
  );
}

const reference = (id: string): string => `#/components/schemas/${id}`;

function describe({
  name,
  summary,
  input,
  output,
  errors,
  idempotency,
  example,
}: Operation | OperationDescription): object {
  return {
    operationId: name,
    summary,
    description: errors.length ? `Errors to expect: ${errors.join(', ')}.` : 'No errors besides the common ones.',
    tags: [name.split('.')[0]],
    parameters: [
      {
        name: 'provider',
        in: 'query',
        schema: { type: 'string' },
        description: 'A provider of the configuration; the first one when left out.',
      },
      ...(idempotency === 'request'
        ? [
            {
              name: 'Idempotency-Key',
              in: 'header',
              schema: { type: 'string' },
              description: 'The same key with the same input returns the first result.',
            },
          ]
        : []),
    ],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: refTo(input, `${name}.input`), example } },
    },
    responses: {
      200: { description: 'The output.', content: { 'application/json': { schema: refTo(output, `${name}.output`) } } },
      default: ERROR,
    },
  };
}

function delivery(name: string): object {
  return {
    operationId: `webhooks.${name}`,
    summary: `Deliver a signed webhook to "${name}"`,
    security: [],
    requestBody: { required: true, content: { 'application/json': { schema: {} } } },
    responses: {
      202: { description: 'Accepted, and on disk; the same delivery again answers the same execution.' },
      400: { description: 'The body is not JSON.' },
      401: { description: 'The signature is missing or wrong.' },
      409: { description: 'The delivery came before with another body.' },
      413: { description: 'The body is too large.' },
      429: { description: 'Too many deliveries; Retry-After says in how many seconds to come again.' },
    },
  };
}

/** A schema by its name; one that is not registered, because it is an application's, has the name that is given. */
function refTo(schema: z.ZodType | JsonSchema, name: string): object {
  const registered = schema instanceof z.ZodType ? registry.get(schema)?.id : undefined;
  return { $ref: reference(registered ?? name) };
}
