import type { CloudEvent } from '../shared/host.ts';
import { weightBar } from './deployments.ts';
import { printableLine } from './plainText.ts';
import type { Terminal } from './terminal.ts';

/** What the events of a rollout carry, as far as it is shown. */
interface StepData {
  input: {
    deployment?: string;
    config?: { name?: string };
    revision?: string;
    replicas?: number;
    weights?: Record<string, number>;
    reason?: string;
    seconds?: number;
  };
  output?: { revision?: string; retired?: boolean };
}

type Step = Required<StepData>;

/** Tells of a rollout, a line for each thing that happens, from the events of its host. */
export class RolloutProgress {
  /** Resolves when the end of the execution was seen. */
  readonly ended: Promise<void>;
  readonly #deployment: string;
  readonly #terminal: Terminal;
  readonly #end: () => void;
  /** Events that came before it was known which execution counts. */
  #early: CloudEvent[] = [];
  #execution: string | undefined;
  #startedAt = 0;
  #state = '';
  #measured = 0;
  #awaited: { revision: string; replicas: number } | undefined;

  constructor(deployment: string, terminal: Terminal) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
    this.#deployment = deployment;
    this.#terminal = terminal;
  }

  /** Says which execution drives the rollout. */
  begin(execution: string): void {
    this.#execution = execution;
    for (const event of this.#early.splice(0)) this.observe(event);
  }

  observe(event: CloudEvent): void {
    if (this.#execution === undefined) {
      this.#early.push(event);
      return;
    }
    if (event.subject === this.#execution) this.#observeWorkflow(event);
    else if (isStepOf(event, this.#deployment)) this.#observeStep(event);
  }

  #observeWorkflow({ type, time, data }: CloudEvent): void {
    const { state, status } = data as { state?: string; status: string };
    if (!this.#startedAt) this.#startedAt = Date.parse(time);
    if (type === 'cloudlib.workflow.status' && status !== 'RUNNING') this.#end();
    if (type !== 'cloudlib.workflow.entered' || state === undefined) return;
    this.#entered(state, time);
    this.#state = state;
  }

  /** Health and analysis only read, so they publish nothing: the way that the workflow takes tells of them. */
  #entered(state: string, time: string): void {
    const { noticePaint: paint } = this.#terminal;
    if (state === 'NextStep' && this.#state === 'Healthy?' && this.#awaited) {
      const { revision, replicas } = this.#awaited;
      const ready = replicas === 1 ? '1 replica is ready' : `${replicas} replicas are ready`;
      this.#line(time, 'healthy', `${revision}: ${replicas === 0 ? 'all replicas have ended' : ready}`);
      this.#awaited = undefined;
    }
    if (state === 'Analyze' && this.#measured++ === 0) this.#line(time, 'analysis', 'measuring the canary');
    if (state === 'NextStep' && this.#state === 'Verdict') {
      this.#line(time, 'verdict', `${paint.green('passed')} after ${times(this.#measured)}`);
      this.#measured = 0;
    }
    if (state === 'NextStep' && this.#state === 'AwaitDecision') {
      this.#line(time, 'decided', paint.green('goes on'));
      this.#measured = 0;
    }
    if (state === 'AnalysisFailed')
      this.#line(time, 'verdict', `${paint.red('failed')} after ${times(this.#measured)}`);
  }

  #observeStep({ type, time, data }: CloudEvent): void {
    const [, , operation] = type.split('.');
    const { noticePaint: paint } = this.#terminal;
    const { input, output } = data as unknown as Step;
    const revision = printableLine(input.revision ?? output?.revision ?? '');
    const reason = printableLine(input.reason ?? '');
    if (operation === 'beginRollout') this.#line(time, 'begin', `artifacts verified, revision ${revision}`);
    if (operation === 'scaleRevision') this.#scaled(time, revision, input.replicas ?? 0);
    if (operation === 'shiftTraffic') this.#shifted(time, input.weights ?? {});
    if (operation === 'promoteRevision') this.#line(time, 'promote', paint.green(`${revision} is the stable revision`));
    if (operation === 'retireRevision' && output?.retired) this.#line(time, 'retire', `${revision} is removed`);
    if (operation === 'beginAbort') this.#line(time, 'rollback', paint.red(reason));
    if (operation === 'awaitDecision' && reason) this.#paused(time, reason);
    else if (operation === 'awaitDecision') this.#line(time, 'pause', `for ${input.seconds} s`);
  }

  #scaled(time: string, revision: string, replicas: number): void {
    this.#awaited = { revision, replicas };
    this.#line(time, 'scale', `${revision}: ${replicas === 1 ? '1 replica' : `${replicas} replicas`}`);
  }

  #shifted(time: string, weights: Record<string, number>): void {
    const { noticePaint: paint } = this.#terminal;
    const shares = Object.entries(weights).map(
      ([revision, weight]) => `${printableLine(revision)} ${weightBar(weight, paint)}`,
    );
    this.#line(time, 'traffic', shares.join('   '));
  }

  #paused(time: string, reason: string): void {
    const { noticePaint: paint } = this.#terminal;
    this.#line(time, 'paused', paint.yellow(reason));
    const commands = `cloudlib deploy promote ${this.#deployment}, or cloudlib deploy abort ${this.#deployment}`;
    this.#line(time, '', `${paint.cyan('→')} decide with ${commands}`);
  }

  #line(time: string, what: string, text: string): void {
    const { noticePaint: paint } = this.#terminal;
    if (!this.#startedAt) this.#startedAt = Date.parse(time);
    const seconds = Math.max(0, (Date.parse(time) - this.#startedAt) / 1000).toFixed(1);
    this.#terminal.notice(`${paint.dim(`${seconds.padStart(6)} s`)}  ${paint.bold(what.padEnd(8))}  ${text}`);
  }
}

const times = (count: number): string => (count === 1 ? '1 measurement' : `${count} measurements`);

/** Whether an event tells that a step of the deployment was done; what people invoke meanwhile has no deployment in its input. */
function isStepOf({ type, data }: CloudEvent, deployment: string): boolean {
  if (!/^cloudlib\.deploy\.\w+\.succeeded$/.test(type)) return false;
  const { input } = (data ?? {}) as Partial<StepData>;
  if (type === 'cloudlib.deploy.beginRollout.succeeded') return input?.config?.name === deployment;
  return input?.deployment === deployment;
}
