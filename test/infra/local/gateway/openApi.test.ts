import { describe, expect, test } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { catalog } from '../../../../functions/catalog.ts';
import { openApi } from '../../../../infra/local/gateway/openApi.ts';
import { describeOperation } from '../../../../shared/operationDescription.ts';

const own = { ...describeOperation(catalog['deploy.scale']), name: 'app.scale' };

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

  test('has every operation of the catalog, those of the application, and the webhooks', () => {
    const paths = Object.keys(catalog).map((name) => `/operations/${name}`);
    expect(Object.keys(document.paths)).toEqual([...paths, '/operations/app.scale', '/webhooks/deploy-on-push']);
  });

  test('asks for the token on operations and for none on webhooks, which are signed', () => {
    expect(document.security).toEqual([{ token: [] }]);
    expect(document.paths['/webhooks/deploy-on-push'].post.security).toEqual([]);
  });
});
