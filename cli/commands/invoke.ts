import { Command } from 'commander';
import { readJson } from '../input.ts';
import { action } from '../session.ts';
import { jsonBlock } from '../terminal.ts';

interface Options {
  input?: string;
  provider?: string;
  requestId?: string;
}

/** `cloudlib invoke`: runs one operation and prints its output. */
export const invoke = (): Command =>
  new Command('invoke')
    .description('run one operation')
    .argument('<operation>', 'its name, such as deploy.list')
    .option('--input <file|->', 'JSON file with the input, - for standard input; {} when left out')
    .option('--provider <name>', 'a provider of the configuration; the first one when left out')
    .option('--request-id <id>', 'makes asking again safe: the same id with the same input gives the first result')
    .action(
      action<Options>(async (session, operation) => {
        const { input: file, provider, requestId } = session.options;
        const input = file === undefined ? {} : await readJson(file);
        const host = await session.host();
        const output = await host.invoke(operation!, input, {
          ...(provider && { provider }),
          ...(requestId && { requestId }),
        });
        session.terminal.result(output, () => jsonBlock(output));
      }),
    );
