import { Command } from 'commander';
import type { OperationLogLine } from '../../shared/host.ts';
import { printableLine } from '../plainText.ts';
import { action } from '../session.ts';
import type { Paint } from '../terminal.ts';
import { parseSince } from '../times.ts';

interface Options {
  since?: string;
  limit: string;
}

/** `cloudlib logs`: what an operation of the application wrote. */
export const logs = (): Command =>
  new Command('logs')
    .description('show what an operation of the application wrote')
    .argument('<operation>', 'its name, such as app.resizeImage')
    .option('--since <time>', 'how long ago (90s, 10m, 2h, 1d) or when (2026-01-31T08:00:00Z)')
    .option('--limit <lines>', 'the last lines', '1000')
    .action(
      action<Options>(async (session, operation) => {
        const { since, limit } = session.options;
        const host = await session.host();
        const lines = await host.application.logs(operation!, {
          limit: Number(limit),
          ...(since !== undefined && { since: parseSince(since, new Date()).toISOString() }),
        });
        session.terminal.result(
          lines,
          (paint) => lines.map((line) => text(line, paint)).join('\n') || `${operation} wrote nothing`,
        );
      }),
    );

function text({ time, requestId, stream, message }: OperationLogLine, paint: Paint): string {
  const said = printableLine(message);
  return `${paint.dim(`${time} ${printableLine(requestId)}`)} ${stream === 'stderr' ? paint.red(said) : said}`;
}
