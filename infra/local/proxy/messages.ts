import type { CloudErrorJson } from '../../../shared/core/errors.ts';
import type { CountedSecond } from './counter.ts';

/** A ready replica on 127.0.0.1. */
export interface Target {
  revision: string;
  replica: string;
  port: number;
}

/** Where the requests to a deployment go. */
export interface Route {
  deployment: string;
  /** The port that clients use; 0 takes any free one. */
  port: number;
  /** Percent of the requests by revision. */
  weights: Record<string, number>;
  targets: Target[];
}

/** What the host asks of the worker. */
export type Call =
  | { method: 'setRoute'; route: Route }
  | { method: 'removeRoute'; deployment: string }
  | { method: 'drain'; deployment: string; replica: string; timeoutMilliseconds: number }
  | { method: 'flush' }
  | { method: 'close' };

/** A call under a number that its answer repeats. */
export type Request = Call & { id: number };

/** What one revision of a deployment did in one second. */
export type SampleJson = CountedSecond & { deployment: string };

/** What the worker says. */
export type Answer =
  | { id: number; result: unknown }
  | { id: number; error: CloudErrorJson }
  | { samples: SampleJson[] };
