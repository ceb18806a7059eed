import { describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Hono } from 'hono';
import { catalog } from '../../../../functions/catalog.ts';
import { addApplicationRoutes } from '../../../../infra/local/gateway/applicationRoutes.ts';
import { addEventRoutes } from '../../../../infra/local/gateway/eventRoutes.ts';
import { openApi } from '../../../../infra/local/gateway/openApi.ts';
import type { EventBus, HostedApplication } from '../../../../shared/host.ts';
import { describeOperation } from '../../../../shared/operationDescription.ts';

/** The paths of an application as the gateway serves them. */
function applicationRoutes(): string[] {
  const app = new Hono();
  addApplicationRoutes(app, {} as HostedApplication);
  return app.routes.map(({ path }) => path.replace(/:(\w+)/g, '{$1}'));
}

const own = { ...describeOperation(catalog['deploy.scale']), name: 'app.scale' };

/** The paths of the bus as the gateway serves them. */
function eventRoutes(): string[] {
  const app = new Hono();
  addEventRoutes(app, {} as EventBus, async (_context, next) => next());
  return [...new Set(app.routes.map(({ path }) => path.replace(/:(\w+)/g, '{$1}')))];
}

describe('the OpenAPI document of the gateway', () => {
  const document = JSON.parse(JSON.stringify(openApi(['deploy-on-push'], [own])));

  test('is a valid OpenAPI 3.1 document in which every reference leads somewhere', async () => {
    const validator = new Validator();
    expect(await validator.validate(document)).toEqual({ valid: true });
    expect(validator.version).toBe('3.1');
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, id]) => id!,
    );
    expect(references.filter((id) => !(id in document.components.schemas))).toEqual([]);
  });

  test('has every operation and the other routes of the catalog, the application, the webhooks and the bus', () => {
    const paths = Object.keys(catalog).map((name) => `/operations/${name}`);
    expect(Object.keys(document.paths)).toEqual([
      ...paths,
      '/operations/app.scale',
      '/webhooks/deploy-on-push',
      ...applicationRoutes(),
      ...eventRoutes(),
    ]);
  });

  test('asks for the token on operations and for none on webhooks, which are signed', () => {
    expect(document.security).toEqual([{ token: [] }]);
    expect(document.paths['/webhooks/deploy-on-push'].post.security).toEqual([]);
  });
});
