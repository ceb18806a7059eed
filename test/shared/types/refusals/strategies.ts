import * as deploy from '../../../../shared/types/deploy.ts';
import { config } from './deployments.ts';
import type { Refusal } from './refusal.ts';

const withStrategy = (strategy: object) => ({ ...config, deploymentStrategy: strategy });
const analysis = (metric: object) => ({ metrics: [{ name: 'm', ...metric }] });
const probe = (request: object) => ({ kind: 'Probe', requests: [{ method: 'GET', path: '/', ...request }] });

/** What is refused in a deployment strategy and its analysis. */
export const STRATEGIES: Refusal[] = [
  [
    'maxSurge and maxUnavailable both 0',
    deploy.DeploymentConfig,
    withStrategy({ kind: 'RollingUpdate', maxSurge: 0, maxUnavailable: '0%' }),
    'deploymentStrategy.maxSurge',
    0,
    /both 0, so no replica could ever be replaced; set one of them to 1 or more/,
  ],
  [
    'a share without its percent sign',
    deploy.DeploymentStrategy,
    { kind: 'RollingUpdate', maxSurge: '25' },
    'maxSurge',
    '25',
    /whole number of 0 or more, or a percentage text such as "25%"/,
  ],
  [
    'a surge that is neither number nor text',
    deploy.DeploymentStrategy,
    { kind: 'RollingUpdate', maxSurge: null },
    'maxSurge',
    null,
    /whole number of 0 or more, or a percentage text/,
  ],
  [
    'more unavailable replicas than there are',
    deploy.DeploymentStrategy,
    { kind: 'RollingUpdate', maxUnavailable: '101%' },
    'maxUnavailable',
    '101%',
    /from "0%" to "100%"/,
  ],
  ['a negative surge', deploy.DeploymentStrategy, { kind: 'RollingUpdate', maxSurge: -1 }, 'maxSurge', -1, />=0/],
  ['a strategy as text', deploy.DeploymentStrategy, 'Recreate', '(value)', 'Recreate', /expected object/],
  [
    'a blue-green switch without its delay',
    deploy.DeploymentStrategy,
    { kind: 'BlueGreen' },
    'switchDelay',
    undefined,
    /required: string expected/,
  ],
  ['a canary of 101 %', deploy.DeploymentStrategy, { kind: 'Canary', percentage: 101 }, 'percentage', 101, /<=100/],
  [
    'a canary of NaN %',
    deploy.DeploymentStrategy,
    { kind: 'Canary', percentage: Number.NaN },
    'percentage',
    Number.NaN,
    /number/,
  ],
  ['a canary without steps', deploy.DeploymentStrategy, { kind: 'Canary', steps: [] }, 'steps', [], />=1/],
  [
    'a step with a weight above 100',
    deploy.DeploymentStrategy,
    { kind: 'Canary', steps: [{ kind: 'SetWeight', weight: 100.5 }] },
    'steps[0].weight',
    100.5,
    /<=100/,
  ],
  [
    'an unknown step',
    deploy.DeploymentStrategy,
    { kind: 'Canary', steps: [{ kind: 'Wait' }] },
    'steps[0].kind',
    'Wait',
    /SetWeight, Pause, Analysis/,
  ],
  ['an analysis of nothing', deploy.Analysis, { metrics: [] }, 'metrics', [], />=1/],
  ['an analysis that measures 0 times', deploy.Analysis, { ...analysis(probe({})), count: 0 }, 'count', 0, />=1/],
  ['an error rate in percent', deploy.Analysis, analysis({ kind: 'ErrorRate', max: 5 }), 'metrics[0].max', 5, /<=1/],
  [
    'a latency without a bound',
    deploy.Analysis,
    analysis({ kind: 'Latency', percentile: 99 }),
    'metrics[0].max',
    undefined,
    /max, maxRatioToStable or both/,
  ],
  [
    'percentile 0',
    deploy.Analysis,
    analysis({ kind: 'Latency', percentile: 0, maxRatioToStable: 2 }),
    'metrics[0].percentile',
    0,
    />0/,
  ],
  [
    'a probe without requests',
    deploy.Analysis,
    analysis({ kind: 'Probe', requests: [] }),
    'metrics[0].requests',
    [],
    />=1/,
  ],
  [
    'an unknown method',
    deploy.Analysis,
    analysis(probe({ method: 'get' })),
    'metrics[0].requests[0].method',
    'get',
    /"GET"\|"HEAD"/,
  ],
  [
    'a negative tolerance',
    deploy.Analysis,
    analysis(probe({ tolerance: -1 })),
    'metrics[0].requests[0].tolerance',
    -1,
    />=0/,
  ],
];
