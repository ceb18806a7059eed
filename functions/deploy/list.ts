import { z } from 'zod';
import { operation } from '../../shared/operation.ts';
import { Deployment } from '../../shared/types/deploy.ts';
import { describeDeployment, listRecords } from './record.ts';

/** Lists the deployments of the provider. */
export default operation({
  name: 'deploy.list',
  summary: 'List the deployments',
  input: z.strictObject({}),
  output: z.strictObject({ deployments: z.array(Deployment) }),
  errors: [],
  idempotency: 'read',
  example: {},
  async run(_input, driver, context) {
    const records = await listRecords(context);
    return { deployments: await Promise.all(records.map((record) => describeDeployment(driver, record))) };
  },
});
