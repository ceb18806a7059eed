import { z } from 'zod';
import { Count, DurationCodec } from '../core/codecs.ts';
import { Duration } from '../core/duration.ts';
import { Analysis, CanaryStep } from './analysis.ts';
import { Percent } from './scalars.ts';
import { plain, variant, variants } from './variants.ts';

const MAX_SURGE = 'a whole number of 0 or more, or a percentage text such as "25%" expected';
const MAX_UNAVAILABLE = 'a whole number of 0 or more, or a percentage text from "0%" to "100%" expected';

/** Ours: a number of replicas, or a share of them as text such as "25%" (Kubernetes' IntOrString). */
export const ReplicasOrPercent = z.union([Count, z.string().regex(/^(?:0|[1-9]\d{0,3})%$/, MAX_SURGE)], {
  error: MAX_SURGE,
});
export type ReplicasOrPercent = z.infer<typeof ReplicasOrPercent>;

const UpToAllReplicas = z.union([Count, z.string().regex(/^(?:100|[1-9]?\d)%$/, MAX_UNAVAILABLE)], {
  error: MAX_UNAVAILABLE,
});

const isZero = (value: ReplicasOrPercent): boolean => value === 0 || value === '0%';

/** The two bounds of a rolling update that names none. */
export const DEFAULT_ROLLING_UPDATE = { kind: 'RollingUpdate', maxSurge: '25%', maxUnavailable: '25%' } as const;

const RollingUpdate = variant('RollingUpdate', {
  maxSurge: ReplicasOrPercent.default(DEFAULT_ROLLING_UPDATE.maxSurge).describe(
    'replicas above the desired number; a share is rounded up',
  ),
  maxUnavailable: UpToAllReplicas.default(DEFAULT_ROLLING_UPDATE.maxUnavailable).describe(
    'replicas that may be missing; a share is rounded down',
  ),
}).refine(({ maxSurge, maxUnavailable }) => !(isZero(maxSurge) && isZero(maxUnavailable)), {
  path: ['maxSurge'],
  error: 'maxSurge and maxUnavailable are both 0, so no replica could ever be replaced; set one of them to 1 or more',
});

const BlueGreen = variant('BlueGreen', {
  switchDelay: DurationCodec.describe('from the new side being healthy to the switch'),
  rollbackWindow: DurationCodec.optional().describe('Ours: how long the old side is kept warm after the switch'),
});

const Canary = variant('Canary', {
  percentage: Percent.default(10).describe('of the requests that the new revision gets first'),
  duration: DurationCodec.default(() => Duration.minutes(5)).describe('from the first shift to all of the requests'),
  steps: z.array(CanaryStep).min(1).optional().describe('Ours: done in order, instead of percentage and duration'),
  bakeTime: DurationCodec.optional().describe(
    'Ours: how long the new side is watched with all of the requests before it is promoted',
  ),
  abortScaleDownDelay: DurationCodec.default(() => Duration.seconds(30)).describe(
    'Ours: how long the new side is kept after an abort',
  ),
  rollbackWindow: DurationCodec.optional().describe('Ours: how long the old side is kept warm after the promotion'),
  analysis: Analysis.optional().describe('Ours: the judge of the percentage and duration form'),
});

/** How a new revision takes the place of the old one. */
export const DeploymentStrategy = variants([RollingUpdate, BlueGreen, Canary, plain('Recreate')]);
export type DeploymentStrategy = z.infer<typeof DeploymentStrategy>;
