import { describe, expect, test } from '@jest/globals';
import { author } from '../../../../../shared/core/validation.ts';
import { desiredReplicas } from '../../../../../shared/drivers/deploy/local/autoscaler.ts';
import { ScalingConfig } from '../../../../../shared/types/deploy.ts';

const scaling = author(
  ScalingConfig,
  { minReplicas: 1, maxReplicas: 10, targetCpuUtilization: 50, scaleUpCooldown: 'PT30S', scaleDownCooldown: 'PT5M' },
  'scaling',
);
const LONG_AGO = 0;
const NOW = 10_000_000;

describe('the number of replicas', () => {
  test.each([
    { replicas: 4, utilization: 50, wanted: 4, because: 'the utilization is the target' },
    { replicas: 4, utilization: 55, wanted: 4, because: '10 % above the target is tolerated' },
    { replicas: 4, utilization: 45, wanted: 4, because: '10 % below the target is tolerated' },
    { replicas: 4, utilization: 56, wanted: 5, because: '4 × 56 / 50 = 4.48, rounded up' },
    { replicas: 4, utilization: 100, wanted: 8, because: 'twice the target takes twice the replicas' },
    { replicas: 4, utilization: 44, wanted: 4, because: '4 × 44 / 50 = 3.52, rounded up' },
    { replicas: 4, utilization: 25, wanted: 2, because: 'half the target takes half the replicas' },
    { replicas: 4, utilization: 26, wanted: 3, because: '4 × 26 / 50 = 2.08, rounded up' },
    { replicas: 4, utilization: 0, wanted: 1, because: 'an idle revision keeps the minimum' },
    { replicas: 8, utilization: 100, wanted: 10, because: 'the maximum bounds it' },
    { replicas: 12, utilization: 50, wanted: 10, because: 'more than the maximum is brought back to it' },
    { replicas: 1, utilization: 400, wanted: 8, because: 'a single replica may need many' },
  ])('is $wanted for $replicas at $utilization %: $because', ({ replicas, utilization, wanted }) => {
    expect(desiredReplicas(scaling, { replicas, lastScaledAt: LONG_AGO }, utilization, NOW)).toBe(wanted);
  });

  test.each([
    { direction: 'up', utilization: 100, cooldown: 30_000, wanted: 8 },
    { direction: 'down', utilization: 25, cooldown: 300_000, wanted: 2 },
  ])('does not go $direction before its cooldown is over', ({ utilization, cooldown, wanted }) => {
    const after = (milliseconds: number): number =>
      desiredReplicas(scaling, { replicas: 4, lastScaledAt: NOW - milliseconds }, utilization, NOW);
    expect(after(cooldown - 1)).toBe(4);
    expect(after(cooldown)).toBe(wanted);
  });
});
