import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { Json } from '../../../shared/core/codecs.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import { decode } from '../../../shared/core/validation.ts';
import type { Host } from '../../../shared/host.ts';

const Success = z.strictObject({ output: Json });
const Failure = z.strictObject({ error: z.string(), cause: z.string().default('') });
const Reason = z.strictObject({ error: z.string().optional(), cause: z.string().optional() });

/** What changes an execution from outside: answers to its task tokens, its stop, and its redrive. */
export function taskRoutes(host: Host, limit: MiddlewareHandler): Hono {
  const app = new Hono();
  app.post('/tasks/:token/succeed', limit, async (context) => {
    const { output } = await bodyOf(context, Success, 'answer');
    await host.signal(context.req.param('token'), { output });
    return context.json({});
  });
  app.post('/tasks/:token/fail', limit, async (context) => {
    await host.signal(context.req.param('token'), await bodyOf(context, Failure, 'answer'));
    return context.json({});
  });
  app.post('/tasks/:token/heartbeat', async (context) => {
    await host.heartbeat(context.req.param('token'));
    return context.json({});
  });
  app.post('/executions/:id/stop', limit, async (context) => {
    const { error, cause } = await bodyOf(context, Reason, 'reason');
    const id = context.req.param('id');
    await host.stop(id, { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) });
    return context.json(await host.execution(id));
  });
  app.post('/executions/:id/redrive', async (context) => {
    const id = context.req.param('id');
    await host.redrive(id);
    return context.json(await host.execution(id));
  });
  return app;
}

async function bodyOf<T extends z.ZodType>(context: Context, schema: T, place: string): Promise<z.output<T>> {
  const body = await context.req.json().catch(() => {
    throw new CloudError('InvalidInput', `the body is not JSON; send the ${place} as an object`);
  });
  return decode(schema, body, place);
}
