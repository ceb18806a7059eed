import type { Json } from '../shared/core/codecs.ts';
import type { CloudEvent, Execution, Host } from '../shared/host.ts';
import { readStatus } from './deployments.ts';
import { CommandFailure } from './failure.ts';
import { RolloutProgress } from './rolloutProgress.ts';
import type { Session } from './session.ts';

export interface RolloutOptions {
  provider?: string;
  /** Whether to wait for the end of the rollout. */
  wait: boolean;
}

/** Milliseconds that the last lines of progress get to arrive after the end. */
const LAST_LINES = 500;

/** Starts a rollout by an operation, shows how it goes on, and ends as it ends: one that was rolled back is an error. */
export async function rollOut(
  session: Session<RolloutOptions>,
  operation: string,
  input: { [key: string]: Json },
  deployment: string,
): Promise<void> {
  const { options, terminal } = session;
  const host = await session.host();
  const provider = options.provider === undefined ? {} : { provider: options.provider };
  const progress = new RolloutProgress(deployment, terminal);
  const watching = new AbortController();
  // Before the rollout starts, so that its first events are not missed.
  if (options.wait && !terminal.json) void watch(host, watching.signal, (event) => progress.observe(event));
  try {
    const started = (await host.invoke(operation, input, provider)) as { execution: string };
    if (!options.wait) return showStarted(session, deployment, started.execution);
    const forget = explainInterruption(session, deployment);
    progress.begin(started.execution);
    const execution = await host.waitForExecution(started.execution);
    if (!terminal.json) await Promise.race([progress.ended, new Promise((wake) => setTimeout(wake, LAST_LINES))]);
    forget();
    if (execution.status !== 'SUCCEEDED') throw rolledBack(execution, deployment);
    await showEnd(session, host, deployment, execution);
  } finally {
    watching.abort();
  }
}

/** Progress is a courtesy: where it breaks off, the wait for the end goes on. */
async function watch(host: Host, signal: AbortSignal, observe: (event: CloudEvent) => void): Promise<void> {
  try {
    for await (const { event } of host.events({ signal })) observe(event);
  } catch {
    // The end of the rollout is waited for on another connection, which tells if the host is gone.
  }
}

function showStarted({ terminal }: Session, deployment: string, execution: string): void {
  terminal.result({ deployment, execution }, (paint) =>
    [
      `${paint.green('✔')} the rollout of ${paint.bold(deployment)} has started`,
      `  ${paint.dim('see')} cloudlib deploy status ${deployment} ${paint.dim('or')} cloudlib runs show ${execution}`,
    ].join('\n'),
  );
}

async function showEnd(
  { terminal, options }: Session<RolloutOptions>,
  host: Host,
  deployment: string,
  { id, startedAt, stoppedAt }: Execution,
): Promise<void> {
  const { deployment: now } = await readStatus(host, deployment, options.provider);
  const { version, endpoint, replicas, healthyReplicas } = now;
  const seconds = stoppedAt ? (stoppedAt.getTime() - startedAt.getTime()) / 1000 : undefined;
  const status = now.status.kind;
  terminal.result(
    { deployment, version, status, endpoint, replicas, healthyReplicas, execution: id, seconds },
    (paint) =>
      [
        `${paint.green('✔')} ${paint.bold(`${deployment} ${version}`)} is live${seconds === undefined ? '' : paint.dim(` after ${seconds.toFixed(1)} s`)}`,
        `  ${paint.dim('endpoint')}  ${paint.cyan(endpoint ?? 'none')}`,
        `  ${paint.dim('status')}    ${status}, ${healthyReplicas} of ${replicas} replicas ready`,
      ].join('\n'),
  );
}

function rolledBack({ id, status, error, cause }: Execution, deployment: string): CommandFailure {
  return new CommandFailure(
    error ?? status,
    `${deployment} was not promoted: ${cause ?? `the execution is ${status}`}`,
    {
      hint: `see "cloudlib deploy logs ${deployment}" and "cloudlib runs show ${id}"`,
      exit: 'RolledBack',
      details: { deployment, execution: id, status },
    },
  );
}

/** The host goes on without this command: whoever interrupts it is told so. */
function explainInterruption({ terminal }: Session, deployment: string): () => void {
  const leave = (): never => {
    terminal.notice(`the rollout goes on without this command; see "cloudlib deploy status ${deployment}"`);
    process.exit(130);
  };
  process.once('SIGINT', leave);
  return () => process.off('SIGINT', leave);
}
