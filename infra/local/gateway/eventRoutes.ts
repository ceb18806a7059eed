import type { Hono, MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { Json } from '../../../shared/core/codecs.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import { decode } from '../../../shared/core/validation.ts';
import type { CloudEvent, DryReplayRequest, EventBus } from '../../../shared/host.ts';
import { causeOfRequest, currentCause } from '../bus/cause.ts';
import { boundedBodies } from './backpressure.ts';
import { readEvents } from './cloudEvents.ts';

const Replay = z.strictObject({ from: z.string(), to: z.string(), rule: z.string().optional() });
/** Rules as a configuration has them; their patterns are checked where they are read. */
const Rules = z.record(
  z.string(),
  z.object({
    on: z.looseObject({ kind: z.enum(['event', 'schedule', 'webhook']) }),
    start: z.discriminatedUnion('kind', [
      z.looseObject({ kind: z.literal('workflow'), workflow: z.string(), input: Json }),
      z.looseObject({ kind: z.literal('operation'), operation: z.string(), input: Json }),
      z.looseObject({ kind: z.literal('http'), url: z.string(), input: Json.optional() }),
    ]),
  }),
);
const DryReplay = Replay.extend({ rules: Rules.optional() });

/** How many bytes of events are accepted at once, and how many one request may have. */
const MOST_BYTES = 64 * 1024 * 1024;
const LARGEST_REQUEST = 8 * 1024 * 1024;

/** The routes of the bus: publishing, rules, schedules, dead letters and replay. */
export function addEventRoutes(app: Hono, bus: EventBus, limit: MiddlewareHandler): void {
  const bounded = boundedBodies(MOST_BYTES, LARGEST_REQUEST);
  app.post('/events', bounded, limit, async (context) => {
    const body = new Uint8Array(await context.req.arrayBuffer());
    const headers = context.req.header();
    const events = readEvents({ headers, body }, new Date());
    // An event without a trace of its own belongs to that of the request.
    const published = currentCause.run(causeOfRequest(headers), () => bus.publish(events as CloudEvent[]));
    return context.json({ events: await published }, 202);
  });
  app.post('/events/replay', limit, async (context) => {
    const body = await context.req.json().catch(() => {
      throw new CloudError('InvalidInput', 'the body is not JSON; send {"from": …, "to": …}');
    });
    const { rule, ...range } = decode(Replay, body, 'replay');
    const name = context.req.header('idempotency-key');
    return context.json(await bus.replay({ ...range, ...(rule !== undefined && { rule }), ...(name && { name }) }));
  });
  app.post('/events/replay/dry', limit, async (context) => {
    const body = await context.req.json().catch(() => {
      throw new CloudError('InvalidInput', 'the body is not JSON; send {"from": …, "to": …, "rules": {…}}');
    });
    return context.json(await bus.dryReplay(decode(DryReplay, body, 'dry replay') as DryReplayRequest));
  });
  app.get('/events/:id', async (context) => {
    const id = context.req.param('id');
    const found = await bus.find(id);
    if (found.length) return context.json(found);
    throw new CloudError('NotFound', `there is no event "${id}"`, { details: { resource: `event ${id}` } });
  });
  app.get('/rules', async (context) => context.json(await bus.rules()));
  app.get('/schedules', async (context) => context.json(await bus.schedules()));
  app.get('/dead-letters', async (context) => context.json(await bus.deadLetters()));
  app.post('/dead-letters/:id/redrive', async (context) => {
    const id = context.req.param('id');
    if (id === 'all') return context.json(await bus.redrive());
    if (/^\d{1,15}$/.test(id)) return context.json(await bus.redrive(Number(id)));
    throw new CloudError('InvalidInput', `dead letter ${JSON.stringify(id)}: name one by its number, or all`);
  });
}
