import type { Host } from '../shared/host.ts';
import { printableLine } from './plainText.ts';
import type { Paint } from './terminal.ts';

/** A deployment as `deploy.list` and `deploy.getStatus` tell it, in JSON form. */
export interface DeploymentView {
  name: string;
  version: string;
  status: { kind: string; reason?: string };
  endpoint?: string;
  replicas: number;
  healthyReplicas: number;
  revision?: string;
  createdAt: string;
  updatedAt: string;
}

/** What `deploy.getStatus` tells, in JSON form. */
export interface DeploymentReport {
  deployment: DeploymentView;
  revisions: {
    revision: string;
    version: string;
    weight: number;
    desired: number;
    running: number;
    ready: number;
    failed?: string;
  }[];
  versions: { version: string; revision: string; createdAt: string; promotedAt?: string; failure?: string }[];
  execution?: string;
}

/** Asks the host how a deployment stands. */
export async function readStatus(host: Host, name: string, provider?: string): Promise<DeploymentReport> {
  const status = await host.invoke('deploy.getStatus', { name }, provider === undefined ? {} : { provider });
  return status as unknown as DeploymentReport;
}

const COLORS: Record<string, 'green' | 'red' | 'yellow' | 'cyan' | 'dim'> = {
  Running: 'green',
  Failed: 'red',
  RollingBack: 'red',
  Paused: 'yellow',
  Stopped: 'dim',
};

/** A status in its colour, without its reason. */
export const statusText = ({ kind }: DeploymentView['status'], paint: Paint): string =>
  paint[COLORS[kind] ?? 'cyan'](kind);

/** Where a deployment's traffic goes: `██████░░░░  60 %`. */
export function weightBar(weight: number, paint: Paint, width = 10): string {
  const full = Math.round((weight / 100) * width);
  return `${paint.cyan('█'.repeat(full))}${paint.dim('░'.repeat(width - full))} ${String(Math.round(weight * 10) / 10).padStart(3)} %`;
}

/** The reason of a status on one line, or nothing. */
export const reasonOf = ({ reason }: DeploymentView['status']): string => printableLine(reason ?? '');
