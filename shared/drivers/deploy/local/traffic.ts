import type { LatencyHistogram } from '../../../core/histogram.ts';

/** A ready replica on the loopback. */
export interface TrafficTarget {
  revision: string;
  replica: string;
  port: number;
}

/** Where the traffic of one deployment goes. */
export interface TrafficRoute {
  deployment: string;
  /** The endpoint's port; 0 takes any free one. */
  port: number;
  /** Percent by revision. */
  weights: Record<string, number>;
  targets: TrafficTarget[];
}

/** What one revision answered in one second. */
export interface TrafficSample {
  deployment: string;
  revision: string;
  /** Unix time in seconds. */
  second: number;
  requests: number;
  errors: number;
  latency: LatencyHistogram;
}

/** The endpoint in front of the replicas, which the host brings. */
export interface TrafficPlane {
  setRoute(route: TrafficRoute): Promise<{ port: number }>;
  removeRoute(deployment: string): Promise<void>;
  /** Takes a replica out of rotation; resolves when its last request has ended (true) or the time is over (false). */
  drain(deployment: string, replica: string, timeoutMilliseconds: number): Promise<boolean>;
  /** Hands out what was measured and not yet handed out. */
  flush(): Promise<void>;
}
