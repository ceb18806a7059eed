import type { ScalingConfig } from '../../../types/deploy.ts';

/** Within this share of the target nothing is scaled, so that small changes do not make it swing. */
const TOLERANCE = 0.1;

/** What the autoscaler knows of a revision. */
export interface ScalingState {
  replicas: number;
  /** Milliseconds since the epoch of the last change in either direction. */
  lastScaledAt: number;
}

/**
 * How many replicas a revision should have, by the formula of Kubernetes' horizontal pod autoscaler:
 * ceil(replicas × utilization / target), within the bounds of `scaling`, and not before its cooldown is over.
 *
 * `utilization` is percent of the reserved processor time, as an average over the ready replicas.
 */
export function desiredReplicas(scaling: ScalingConfig, state: ScalingState, utilization: number, now: number): number {
  const target = scaling.targetCpuUtilization;
  const near = Math.abs(utilization - target) <= TOLERANCE * target;
  const wanted = near ? state.replicas : Math.ceil((state.replicas * utilization) / target);
  const bounded = Math.min(scaling.maxReplicas, Math.max(scaling.minReplicas, wanted));
  const cooldown = bounded > state.replicas ? scaling.scaleUpCooldown : scaling.scaleDownCooldown;
  return now - state.lastScaledAt < cooldown.milliseconds ? state.replicas : bounded;
}
