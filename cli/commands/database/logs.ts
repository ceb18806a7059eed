import { Command } from 'commander';
import { askDatabase, type DatabaseView, type ProviderOption } from '../../databases.ts';
import { printable } from '../../plainText.ts';
import { action } from '../../session.ts';
import { clockText, parseSince } from '../../times.ts';

interface Options extends ProviderOption {
  type?: string;
  since?: string;
  limit: string;
}

/** The log that people mean when they name none. */
const USUAL: Record<string, string> = {
  PostgreSQL: 'postgresql',
  MySQL: 'error',
  Redis: 'engine-log',
  MongoDB: 'mongodb',
};

/** `cloudlib database logs`: what an engine wrote. */
export const logs = (): Command =>
  new Command('logs')
    .description('show what the engine of a database wrote')
    .argument('<name>', 'the database')
    .option('--type <log>', 'postgresql; error or slowquery; engine-log; mongodb')
    .option('--since <time>', 'how long ago (90s, 10m, 2h, 1d) or when (2026-01-31T08:00:00Z)')
    .option('--limit <entries>', 'the newest only', '200')
    .action(
      action<Options>(async (session, name) => {
        const { options, terminal } = session;
        const host = await session.host();
        const { engine } = await askDatabase<DatabaseView>(host, 'describeInstance', { name }, options);
        const logType = options.type ?? USUAL[engine.kind] ?? 'error';
        const start = options.since === undefined ? {} : { start: parseSince(options.since, new Date()).toISOString() };
        const request = { name, logType, limit: Number(options.limit), ...start };
        const { entries } = await askDatabase<{ entries: { timestamp: string; message: string }[] }>(
          host,
          'getInstanceLogs',
          request,
          options,
        );
        terminal.result(entries, (paint) =>
          entries
            .map(({ timestamp, message }) => `${paint.dim(clockText(new Date(timestamp)))} ${printable(message)}`)
            .join('\n'),
        );
      }),
    );
