import { z } from 'zod';
import { Json } from '../../../shared/core/codecs.ts';
import { Envelope } from '../../../shared/semantics/events/eventBridge.ts';

const text = z.string();
const time = z.iso.datetime({ offset: true });
const count = z.int().nonnegative();

const Event = z.object({
  specversion: z.literal('1.0'),
  id: text,
  source: text,
  type: text,
  time: time.optional(),
  subject: text.optional(),
  datacontenttype: text.optional(),
  dataschema: text.optional(),
  traceparent: text.optional(),
  tracestate: text.optional(),
  data: Json.optional(),
  data_base64: text.optional(),
});

const Delivery = z.object({
  id: count,
  rule: text,
  status: z.enum(['PENDING', 'DELIVERED', 'DEAD']),
  event: z.object({ source: text, id: text, type: text }),
  createdAt: time,
  attempts: count,
  dueAt: time.optional(),
  result: Json.optional(),
  reason: text.optional(),
  replay: text.optional(),
});

const TriedDelivery = Delivery.extend({ tries: z.array(z.object({ at: time, error: text.optional() })) });
const EventRecord = z.object({ cursor: count, acceptedAt: time, event: Event, deliveries: z.array(TriedDelivery) });
const Rule = z.object({
  name: text,
  on: z.looseObject({ kind: text }),
  target: text,
  pending: count,
  delivered: count,
  dead: count,
});
const Schedule = z.object({
  name: text,
  expression: text,
  timeZone: text,
  missed: z.enum(['once', 'skip']),
  flexibleWindow: text.optional(),
  last: time.optional(),
  next: z.array(time),
});

const Replay = z.object({ from: time, to: time, rule: text.optional() });
const DryReplay = Replay.extend({ rules: z.looseObject({}).optional() });
const Replayed = z.object({ replay: text, events: count, deliveries: count });
const Forecast = z.object({
  events: count,
  rules: z.array(
    z.object({ rule: text, target: text, starts: count, added: count, removed: count, changed: count, dead: count }),
  ),
  starts: z.array(
    z.object({
      event: z.object({ cursor: count, source: text, id: text, type: text }),
      rule: text,
      change: z.enum(['added', 'removed', 'changed']).optional(),
      problem: text.optional(),
    }),
  ),
  unlisted: count,
});
const Published = z.object({ events: z.array(z.object({ source: text, id: text, duplicate: z.boolean() })) });
const PutEvents = z.object({ Entries: z.array(z.looseObject({ Source: text, DetailType: text, Detail: text })) });
const Redriven = z.object({ redriven: count });

/** The schemas of the bus by the name that they have in an OpenAPI document. */
export const eventSchemas = {
  CloudEvent: Event,
  EventBridgeEvent: Envelope,
  PutEvents,
  Published,
  EventRecord,
  Delivery,
  TriedDelivery,
  Rule,
  Schedule,
  Replay,
  Replayed,
  DryReplay,
  Forecast,
  Redriven,
};
type Name = keyof typeof eventSchemas;

const ref = (name: Name): object => ({ $ref: `#/components/schemas/${name}` });
const listOf = (name: Name): object => ({ type: 'array', items: ref(name) });
const json = (schema: object): object => ({ 'application/json': { schema } });
const body = (name: Name): object => ({ required: true, content: json(ref(name)) });

/** The routes of the bus as the paths of an OpenAPI document; `error` is the answer to what goes wrong. */
export function eventPaths(error: object): Record<string, object> {
  const answer = (description: string, schema: object): object => ({ description, content: json(schema) });
  const get = (operationId: string, summary: string, schema: object, parameters: object[] = []): object => ({
    get: {
      operationId,
      summary,
      tags: ['events'],
      parameters,
      responses: { 200: answer(summary, schema), default: error },
    },
  });
  const post = (operationId: string, summary: string, more: object, responses: object): object => ({
    post: { operationId, summary, tags: ['events'], ...more, responses: { ...responses, default: error } },
  });
  const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
  const throttled = {
    description: 'Too much is pending, or being accepted; nothing was kept.',
    headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } },
  };
  return {
    '/events': {
      ...post('events.publish', 'Publish events', publishing, {
        202: answer(
          'On disk, each with what it is to start; one that was there already changes nothing.',
          ref('Published'),
        ),
        429: throttled,
      }),
      get: {
        operationId: 'events.follow',
        summary: 'Events as they come, as server-sent events whose id is the cursor',
        tags: ['events'],
        parameters: [
          {
            name: 'cursor',
            in: 'query',
            schema: { type: 'integer', minimum: 0 },
            description: 'Begin after this place in the log; at its end when left out.',
          },
        ],
        responses: {
          200: { description: 'Events.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
          default: error,
        },
      },
    },
    '/events/replay': post(
      'events.replay',
      'Deliver events of the past again',
      { parameters: [replayName], requestBody: body('Replay') },
      { 200: answer('How much is delivered again.', ref('Replayed')), 429: throttled },
    ),
    '/events/replay/dry': post(
      'events.dryReplay',
      'Tell what events of the past would start under other rules',
      { requestBody: body('DryReplay') },
      { 200: answer('What would be started; nothing was.', ref('Forecast')) },
    ),
    '/events/{id}': get('events.find', 'The events with an id, and what they caused', listOf('EventRecord'), [id]),
    '/rules': get('rules.list', 'The automations, with what they have done', listOf('Rule')),
    '/schedules': get('schedules.list', 'The schedules, with their next five times', listOf('Schedule')),
    '/dead-letters': get('deadLetters.list', 'What was given up, with the reasons', listOf('Delivery')),
    '/dead-letters/{id}/redrive': post(
      'deadLetters.redrive',
      'Deliver a dead letter again, or all of them',
      { parameters: [{ ...id, description: 'The number of the delivery, or `all`.' }] },
      { 200: answer('How many are delivered again.', ref('Redriven')) },
    ),
  };
}

const publishing = {
  parameters: ['traceparent', 'tracestate'].map((name) => ({
    name,
    in: 'header',
    schema: { type: 'string' },
    description: 'The trace that events without one of their own belong to (W3C Trace Context).',
  })),
  requestBody: {
    required: true,
    description: 'Besides these, the binary mode of CloudEvents: its attributes as headers `ce-…`, and any body.',
    content: {
      'application/cloudevents+json': { schema: ref('CloudEvent') },
      'application/cloudevents-batch+json': { schema: listOf('CloudEvent') },
      'application/json': {
        schema: { anyOf: [ref('EventBridgeEvent'), listOf('EventBridgeEvent'), ref('PutEvents')] },
      },
    },
  },
};

const replayName = {
  name: 'Idempotency-Key',
  in: 'header',
  schema: { type: 'string' },
  description: 'The same name again is the same replay, which goes on where it ended.',
};
