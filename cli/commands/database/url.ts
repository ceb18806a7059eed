import { Command } from 'commander';
import { askDatabase, type ProviderOption } from '../../databases.ts';
import { action } from '../../session.ts';

/** `cloudlib database url`: how to connect, with the password. */
export const url = (): Command =>
  new Command('url')
    .description('print how to connect to a database, with its password')
    .argument('<name>', 'the database')
    .action(
      action<ProviderOption>(async (session, name) => {
        const answer = await askDatabase<{ connectionString: string }>(
          await session.host(),
          'getConnectionString',
          { name },
          session.options,
        );
        session.terminal.result(answer, () => answer.connectionString);
      }),
    );
