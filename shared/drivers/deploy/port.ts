import type { LatencyHistogram } from '../../core/histogram.ts';
import type { Artifact, DeploymentConfig, GoldenRequest } from '../../types/deploy.ts';
import type { LogLine } from '../../types/logging.ts';

/** What a revision runs: one version of one deployment with its configuration and artifacts, never changed once created. */
export interface RevisionSpec {
  deployment: string;
  /** Unique within the deployment; the same revision asked for again is the same revision. */
  revision: string;
  config: DeploymentConfig;
  artifacts: Artifact[];
}

/** How a revision stands now. Counts are replicas. */
export interface RevisionHealth {
  desired: number;
  /** Started and not yet ended, ready or not. */
  running: number;
  /** In rotation: passed its health check `healthyThreshold` times in a row. */
  ready: number;
  /** Why it cannot become healthy by waiting (a crash loop), with the last log lines. */
  failed?: string;
}

/** A revision as the provider knows it. */
export interface LiveRevision extends RevisionHealth {
  revision: string;
  version: string;
  /** Percent of the traffic, 0 to 100. */
  weight: number;
  createdAt: Date;
}

/** A deployment as the provider knows it. */
export interface LiveDeployment {
  deployment: string;
  /** The URL that clients use, once traffic was shifted for the first time. */
  endpoint?: string;
  revisions: LiveRevision[];
}

/** What the traffic of one revision looked like in a span of time. */
export interface RevisionTraffic {
  requests: number;
  /** Answers with status 5xx and connections that failed. */
  errors: number;
  /** Milliseconds from the request's headers to the last byte of the answer. */
  latency: LatencyHistogram;
}

/** What came back for one golden request. */
export type ProbeAnswer = { status: number; body: unknown; milliseconds: number } | { error: string };

export interface LogRequest {
  since?: Date;
  revision?: string;
  /** The newest lines only. */
  limit?: number;
}

/**
 * How one provider runs deployments. Every call may be repeated with the same arguments and changes nothing the second time;
 * none waits for replicas: a workflow asks `health` again.
 */
export interface DeployPort {
  /** Fetches and verifies artifacts; the answer carries their checksums. Nothing is started. */
  fetchArtifacts(artifacts: Artifact[]): Promise<Artifact[]>;
  /** Registers the revision, whose artifacts were fetched, with no replicas. */
  createRevision(spec: RevisionSpec): Promise<void>;
  /** Sets the number of replicas that the revision is to have. */
  scale(deployment: string, revision: string, replicas: number): Promise<void>;
  health(deployment: string, revision: string): Promise<RevisionHealth>;
  /** Sets the share of each revision in percent, which sum to 100; the answer is the endpoint's URL. */
  shiftTraffic(deployment: string, weights: Record<string, number>): Promise<string>;
  /** Stops the revision's replicas and forgets it. */
  retire(deployment: string, revision: string): Promise<void>;
  /** Every deployment, or the one of that name. */
  list(deployment?: string): Promise<LiveDeployment[]>;
  /** The log lines of the replicas, oldest first. */
  logs(deployment: string, request: LogRequest): Promise<LogLine[]>;
  /** The traffic of one revision from `since` (inclusive) to `until`. */
  metrics(deployment: string, revision: string, since: Date, until: Date): Promise<RevisionTraffic>;
  /** Sends golden requests straight to one ready replica of the revision, past the endpoint. */
  probe(deployment: string, revision: string, requests: GoldenRequest[]): Promise<ProbeAnswer[]>;
  /** Removes the deployment: endpoint, revisions, replicas. */
  remove(deployment: string): Promise<void>;
}
