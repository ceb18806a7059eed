import { fileURLToPath } from 'node:url';
// In a project of yours: from 'cloudlib'.
import { Duration, defineConfig, event, operation, schedule, webhook, workflow } from '../../index.ts';
import { sizeCampaign } from './sizeCampaign.ts';

const model = fileURLToPath(new URL('../sentiment/model-v1.onnx', import.meta.url));

/** A webhook, rules over events, a schedule and an operation of its own; docs/automations.md walks through them. */
export default defineConfig({
  operations: [sizeCampaign],

  automations: {
    // A signed push to main deploys the commit.
    'deploy-on-push': {
      on: webhook.github({ secret: 'github-webhook', event: 'push', match: { ref: ['refs/heads/main'] } }),
      start: workflow('deploy', {
        config: {
          name: 'sentiment',
          version: '{% $event.data.after %}',
          healthChecks: { path: '/v2/health/ready', interval: Duration.seconds(1) },
        },
        artifacts: [{ name: 'model.onnx', type: 'Model', source: { kind: 'Local', path: model } }],
      }),
    },

    // A campaign that many people will see gets the replicas that it asks for.
    'scale-for-campaign': {
      on: event({ type: ['shop.campaign.started'], data: { expectedVisitors: [{ numeric: ['>=', 1000] }] } }),
      start: operation('deploy.scale', { name: 'sentiment', replicas: '{% $event.data.replicas %}' }),
      retry: { maximumAttempts: 5, maximumAge: Duration.minutes(10) },
    },

    // A campaign that is only planned is sized by an operation of our own, which runs in a process of its own.
    'size-campaign': {
      on: event({ type: ['shop.campaign.planned'] }),
      start: operation(sizeCampaign, {
        deployment: 'sentiment',
        expectedVisitors: '{% $event.data.expectedVisitors %}',
      }),
    },

    // An alarm goes back to the version before.
    'roll-back-on-alarm': {
      on: event({ type: ['cloudlib.monitoring.alarm'], data: { state: ['ALARM'] } }),
      start: operation('deploy.rollback', { name: '{% $event.subject %}' }),
      retry: { maximumAttempts: 3 },
    },

    // At night one replica is enough. Where no host ran at eleven, it happens as soon as one does.
    'scale-down-at-night': {
      on: schedule('cron(0 23 * * ? *)', { timeZone: 'Europe/Berlin', missed: 'once' }),
      start: operation('deploy.scale', { name: 'sentiment', replicas: 1 }),
    },

    // Something to watch: with `cloudlib events tail` it is seen every minute.
    'look-every-minute': {
      on: schedule('rate(1 minute)', { missed: 'skip' }),
      start: operation('deploy.list', {}),
    },
  },
});
