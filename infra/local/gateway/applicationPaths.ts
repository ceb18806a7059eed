import { z } from 'zod';
import { Json } from '../../../shared/core/codecs.ts';

const text = z.string();

const OperationDescription = z.object({
  name: text,
  summary: text,
  idempotency: z.enum(['read', 'natural', 'request']),
  input: z.looseObject({}),
  output: z.looseObject({}),
  errors: z.array(text),
  example: Json,
});
const OperationLogLine = z.object({
  time: z.iso.datetime(),
  requestId: text,
  stream: z.enum(['stdout', 'stderr']),
  message: text,
});
const ConfigurationPlan = z.object({
  plan: text,
  changes: z.array(
    z.object({
      kind: z.enum(['automation', 'schedule', 'operation', 'workflow', 'provider', 'setting', 'file']),
      name: text,
      change: z.enum(['added', 'removed', 'changed']),
      paths: z.array(text).optional(),
      pending: z.int().positive().optional(),
    }),
  ),
});

/** The schemas of an application by the name that they have in an OpenAPI document. */
export const applicationSchemas = { OperationDescription, OperationLogLine, ConfigurationPlan };

type Name = keyof typeof applicationSchemas;

/** The routes of an application as the paths of an OpenAPI document; `error` is the answer to what goes wrong. */
export function applicationPaths(error: object): Record<string, object> {
  const ref = (name: Name): object => ({ $ref: `#/components/schemas/${name}` });
  const route = (operationId: string, summary: string, schema: object, parameters: object[] = []): object => ({
    operationId,
    summary,
    tags: ['application'],
    parameters,
    responses: { 200: { description: summary, content: { 'application/json': { schema } } }, default: error },
  });
  return {
    '/operations': {
      get: route('application.operations', "The application's own operations", listOf(ref('OperationDescription'))),
    },
    '/operations/{name}/logs': {
      get: route(
        'application.logs',
        'What an operation of the application wrote',
        listOf(ref('OperationLogLine')),
        LOGS,
      ),
    },
    '/configuration/plan': {
      post: route(
        'configuration.plan',
        'What differs between the configuration file and what runs',
        ref('ConfigurationPlan'),
      ),
    },
    '/configuration/plans/{plan}/apply': {
      post: route(
        'configuration.apply',
        'Put the configuration of the latest plan in force',
        ref('ConfigurationPlan'),
        [inPath('plan')],
      ),
    },
  };
}

const listOf = (items: object): object => ({ type: 'array', items });
const inPath = (name: string): object => ({ name, in: 'path', required: true, schema: { type: 'string' } });
const LOGS = [
  inPath('name'),
  { name: 'since', in: 'query', schema: { type: 'string', format: 'date-time' } },
  { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1 }, description: '1000 when left out.' },
];
