// In a project of yours: from 'cloudlib'.
import { Duration, operation, z } from '../../index.ts';

/** What one replica answers in an hour. */
const VISITORS_PER_REPLICA = 1_000;
const MOST_REPLICAS = 20;

/** Works out how many replicas a campaign needs, and tells how many there are now. It changes nothing. */
export const sizeCampaign = operation({
  name: 'app.sizeCampaign',
  summary: 'Say how many replicas a campaign needs',
  input: z.strictObject({ deployment: z.string(), expectedVisitors: z.int().nonnegative() }),
  output: z.strictObject({ replicas: z.int(), running: z.int() }),
  errors: [],
  idempotency: 'natural',
  example: { deployment: 'sentiment', expectedVisitors: 5000 },
  limits: { time: Duration.seconds(10) },
  run: async ({ deployment, expectedVisitors }, { invoke }) => {
    const { deployments } = await invoke('deploy.list', {});
    const running = deployments.find(({ name }) => name === deployment)?.replicas ?? 0;
    const replicas = Math.min(MOST_REPLICAS, Math.max(1, Math.ceil(expectedVisitors / VISITORS_PER_REPLICA)));
    console.log(`${deployment}: ${expectedVisitors} visitors need ${replicas} replicas, and ${running} run`);
    return { replicas, running };
  },
});
