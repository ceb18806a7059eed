import Table from 'cli-table3';
import { createLogUpdate } from 'log-update';
import pc from 'picocolors';

/** What the load has seen so far; latencies in milliseconds. */
export interface LoadReport {
  requests: number;
  failed: number;
  p50?: number;
  p99?: number;
}

/** How a revision stands; the weight in percent. */
export interface RevisionState {
  version: string;
  weight: number;
  desired: number;
  ready: number;
}

/** Draws what happens as lines with their time; on a terminal, with a line below them that shows how it stands now. */
export class Timeline {
  readonly #startedAt = performance.now();
  readonly #output: NodeJS.WriteStream;
  readonly #live: ReturnType<typeof createLogUpdate> | undefined;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
    this.#live = output.isTTY ? createLogUpdate(output) : undefined;
  }

  /** A line that stays, with what explains it indented below. */
  add(subject: string, text: string): void {
    const seconds = ((performance.now() - this.#startedAt) / 1000).toFixed(1).padStart(6);
    const [first, ...more] = text.split('\n');
    this.#live?.clear();
    this.#output.write(`${pc.dim(`${seconds}s`)}  ${pc.bold(subject.padEnd(8))} ${first}\n`);
    for (const line of more) this.#output.write(`${' '.repeat(20)}${pc.dim(line)}\n`);
  }

  /** How it stands now. */
  show(revisions: RevisionState[], report: LoadReport): void {
    if (!this.#live) return;
    const sides = revisions
      .filter(({ desired, weight }) => desired > 0 || weight > 0)
      .map(
        ({ version, weight, ready, desired }) => `${version} ${bar(weight)} ${weight} %, ${ready} of ${desired} ready`,
      );
    const failed = report.failed ? pc.red(`${report.failed} failed`) : pc.green('0 failed');
    this.#live(`\n  ${sides.join('   ')}\n  ${report.requests} requests, ${failed}, p99 ${milliseconds(report.p99)}`);
  }

  end(): void {
    this.#live?.clear();
  }
}

/** The result as a table. */
export function summary(
  report: LoadReport,
  promoted: string[],
  rolledBack: { version: string; reason: string }[],
): string {
  const table = new Table({ style: { head: [], border: [] }, colWidths: [18, 72], wordWrap: true });
  table.push(
    ['requests sent', report.requests],
    ['failed', report.failed],
    ['p50 / p99', `${milliseconds(report.p50)} / ${milliseconds(report.p99)}`],
    ['promoted', promoted.join(', ')],
    ...rolledBack.map(({ version, reason }) => ['rolled back', `${version}: ${reason}`]),
  );
  return table.toString();
}

const bar = (weight: number): string => '█'.repeat(Math.round(weight / 5)).padEnd(20, '░');

const milliseconds = (value: number | undefined): string => (value === undefined ? '–' : `${value.toFixed(1)} ms`);
