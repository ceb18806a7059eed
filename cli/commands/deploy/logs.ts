import { Command } from 'commander';
import type { Host } from '../../../shared/host.ts';
import { printableLine } from '../../plainText.ts';
import { action } from '../../session.ts';
import type { Paint } from '../../terminal.ts';
import { clockText, parseSince } from '../../times.ts';

interface Options {
  provider?: string;
  follow?: boolean;
  since?: string;
  revision?: string;
}

/** A line as `deploy.getLogs` tells it, in JSON form. */
interface LogLine {
  timestamp: string;
  message: string;
  stream: 'stdout' | 'stderr';
  revision?: string;
  replica?: string;
}

/** Milliseconds between two looks at logs that are followed. */
const FOLLOW_INTERVAL = 500;
const MOST_LINES = 10_000;

/** `cloudlib deploy logs`: what the replicas of a deployment wrote. */
export const logs = (): Command =>
  new Command('logs')
    .description('show what the replicas wrote')
    .argument('<name>', 'the deployment')
    .option('-f, --follow', 'go on as lines come; with --json, one value per line')
    .option('--since <time>', 'how long ago (90s, 10m, 2h, 1d) or when (2026-01-31T08:00:00Z)')
    .option('--revision <revision>', 'those of one revision')
    .action(
      action<Options>(async (session, name) => {
        const { terminal, options } = session;
        const host = await session.host();
        const since = options.since === undefined ? undefined : parseSince(options.since, new Date());
        if (!options.follow) {
          const lines = await read(host, name!, options, since);
          return terminal.result(
            lines,
            (paint) => lines.map((line) => lineText(line, paint)).join('\n') || noLines(since),
          );
        }
        for await (const line of follow(host, name!, options, since))
          terminal.result(line, (paint) => lineText(line, paint));
      }),
    );

async function read(host: Host, name: string, options: Options, since: Date | undefined): Promise<LogLine[]> {
  const { provider, revision } = options;
  const answer = await host.invoke(
    'deploy.getLogs',
    { name, limit: MOST_LINES, ...(revision && { revision }), ...(since && { since: since.toISOString() }) },
    provider ? { provider } : {},
  );
  return (answer as unknown as { lines: LogLine[] }).lines;
}

async function* follow(host: Host, name: string, options: Options, since?: Date): AsyncGenerator<LogLine> {
  for (let from = since; ; await new Promise((wake) => setTimeout(wake, FOLLOW_INTERVAL))) {
    const lines = await read(host, name, options, from);
    yield* lines;
    const last = lines.at(-1);
    if (last) from = new Date(Date.parse(last.timestamp) + 1);
  }
}

function lineText({ timestamp, replica, revision, stream, message }: LogLine, paint: Paint): string {
  const text = printableLine(message);
  const from = [revision, replica?.slice(-4)].filter(Boolean).join('/');
  return `${paint.dim(clockText(new Date(timestamp)))} ${paint.cyan(from)} ${stream === 'stderr' ? paint.yellow(text) : text}`;
}

const noLines = (since: Date | undefined): string => (since ? 'no lines since then' : 'no lines yet');
