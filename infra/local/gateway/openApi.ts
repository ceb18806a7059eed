import { z } from 'zod';
import { catalog } from '../../../functions/catalog.ts';
import type { Operation } from '../../../shared/operation.ts';

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

/** The gateway as an OpenAPI 3.1 document: every operation of the catalog, and the webhooks by name. */
export function openApi(webhooks: string[]): object {
  const operations = Object.values(catalog as Record<string, Operation>).map((operation) => [
    `/operations/${operation.name}`,
    { post: describe(operation) },
  ]);
  return {
    openapi: '3.1.0',
    info: { title: 'CloudLib', version: '1', description: 'Operations, webhooks and executions of a CloudLib host.' },
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    security: [{ token: [] }],
    paths: {
      ...Object.fromEntries(operations),
      ...Object.fromEntries(webhooks.map((name) => [`/webhooks/${name}`, { post: delivery(name) }])),
    },
  };
}

function describe({ name, summary, input, output, errors, idempotency, example }: Operation): object {
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
    requestBody: { required: true, content: { 'application/json': { schema: schemaOf(input), example } } },
    responses: {
      200: { description: 'The output.', content: { 'application/json': { schema: schemaOf(output) } } },
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
    },
  };
}

function schemaOf(schema: z.ZodType): object {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}
