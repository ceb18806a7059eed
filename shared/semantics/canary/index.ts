/**
 * The judge of a canary: from traffic and golden requests to one of three verdicts: promote, pause, roll back.
 *
 * The rules are those of Argo Rollouts' analysis: https://argo-rollouts.readthedocs.io/en/stable/features/analysis/
 */
export { compareGolden, type GoldenAnswer, measureProbe } from './golden.ts';
export { judge, type MetricVerdict, type Phase, type Verdict } from './judge.ts';
export { measure, type SideStats, type Sides, type TrafficMetric } from './measure.ts';
export type { Measurement, Outcome } from './measurement.ts';
