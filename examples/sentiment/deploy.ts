// Deploys the classifier to this machine, asks it one question, shows what its endpoint measured, and removes it again.
import { fileURLToPath } from 'node:url';
// In a project of yours: from 'cloudlib'.
import { connect, Deployer, Duration, local } from '../../index.ts';

// The host that runs here ("cloudlib start"); where none does, this program is the host until it closes it.
const host = await connect(process.env.CLOUDLIB_STATE ?? '.cloudlib');

const deployer = new Deployer(
  local(),
  {
    name: 'sentiment-classifier',
    version: '1.0.0',
    environment: { kind: 'Production' },
    resources: {
      cpu: { min: 0.5, max: 2, units: { kind: 'CPU', unit: 'Cores' } },
      memory: { min: 256, max: 1024, units: { kind: 'Memory', unit: 'MB' } },
      disk: { min: 1, units: { kind: 'Storage', unit: 'GB' } },
    },
    scaling: {
      minReplicas: 2,
      maxReplicas: 4,
      targetCpuUtilization: 70,
      scaleUpCooldown: Duration.minutes(5),
      scaleDownCooldown: Duration.minutes(10),
    },
    healthChecks: { path: '/v2/health/ready', startPeriod: Duration.minutes(1) },
  },
  { host: async () => host },
).addArtifact({
  name: 'model.onnx',
  type: 'Model',
  source: { kind: 'Local', path: fileURLToPath(new URL('model-v2.onnx', import.meta.url)) },
  checksum: 'sha256:a6a04dc57a692aaf00a7193f13fae06bd6e1343122a0e9d719fe99a73da161d0',
  metadata: { framework: 'none, see train.ts', data: 'AFINN-165' },
});

interface Answer {
  outputs: { name: string; data: number[] }[];
}

/** Whether the model takes a text for a kind one. */
async function isKind(endpoint: string, text: string): Promise<boolean> {
  const response = await fetch(`${endpoint}/v2/models/sentiment-classifier/infer`, {
    method: 'POST',
    body: JSON.stringify({ inputs: [{ name: 'text', datatype: 'BYTES', shape: [1], data: [text] }] }),
  });
  if (!response.ok) throw new Error(`the model answered ${response.status}: ${await response.text()}`);
  const { outputs } = (await response.json()) as Answer;
  return outputs.find(({ name }) => name === 'label')?.data[0] === 1;
}

try {
  const deployment = await deployer.deploy();
  console.log(`Deployment successful: ${deployment.endpoint}`);

  const text = 'What a wonderful evening!';
  console.log(`"${text}" is ${(await isKind(deployment.endpoint!, text)) ? 'positive' : 'negative'}`);

  for await (const { name, value, unit } of deployer.getMetrics(['Requests', 'Errors', 'LatencyP95'])) {
    console.log(`${name}: ${value} ${unit}`);
  }

  await deployer.destroy();
  console.log('Removed.');
} finally {
  await host.close();
}
