import { z } from 'zod';
import { NonEmpty } from '../../shared/core/codecs.ts';
import { operation } from '../../shared/operation.ts';

/** Tells which engines the provider can run, in which version, or what is missing. */
export default operation({
  name: 'database.listEngines',
  summary: 'List the database engines',
  input: z.strictObject({}),
  output: z.strictObject({
    engines: z.array(
      z.union([
        z.strictObject({ engine: NonEmpty, version: NonEmpty, capabilities: z.array(NonEmpty) }),
        z.strictObject({ engine: NonEmpty, reason: NonEmpty.describe('why it cannot run') }),
      ]),
    ),
  }),
  errors: [],
  idempotency: 'read',
  example: {},
  run: async (_input, driver) => ({ engines: await driver.engines() }),
});
