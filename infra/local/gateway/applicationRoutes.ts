import type { Hono } from 'hono';
import { CloudError } from '../../../shared/core/errors.ts';
import type { HostedApplication } from '../../../shared/host.ts';

/** The routes of what an application brings: its operations, what they write, and its configuration. */
export function addApplicationRoutes(app: Hono, application: HostedApplication): void {
  app.get('/operations', async (context) => context.json(await application.operations()));
  app.get('/operations/:name/logs', async (context) => {
    const { since, limit = '1000' } = context.req.query();
    if (!/^[1-9]\d{0,5}$/.test(limit)) {
      throw new CloudError('InvalidInput', `limit: ${JSON.stringify(limit)} is not a whole number of 1 or more`);
    }
    if (since !== undefined && Number.isNaN(Date.parse(since))) {
      throw new CloudError('InvalidInput', `since: ${JSON.stringify(since)} is not a time; write 2027-01-31T08:00:00Z`);
    }
    const options = { limit: Number(limit), ...(since !== undefined && { since: new Date(since).toISOString() }) };
    return context.json(await application.logs(context.req.param('name'), options));
  });
  app.post('/configuration/plan', async (context) => context.json(await application.plan()));
  app.post('/configuration/plans/:plan/apply', async (context) =>
    context.json(await application.apply(context.req.param('plan'))),
  );
}
