import { Command, Option } from 'commander';
import { Secrets } from '../../../infra/local/secrets.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import { newId } from '../../../shared/core/ids.ts';
import { type SchemeName, schemes } from '../../../shared/semantics/webhooks/index.ts';
import { EXIT_CODES, type ExitName } from '../../exitCodes.ts';
import { readInput } from '../../input.ts';
import { action } from '../../session.ts';
import { jsonBlock } from '../../terminal.ts';

interface Options {
  secretName: string;
  scheme: SchemeName;
  event: string;
  body: string;
  id?: string;
}

/** `cloudlib webhook send`: a signed delivery to a webhook of the running host, as its real sender would make it. */
export const send = (): Command =>
  new Command('send')
    .description('send a signed test delivery to a webhook of the running host')
    .argument('<hook>', 'its name in the configuration')
    .requiredOption(
      '--secret-name <name>',
      'the secret that signs; its value comes from the environment or the secrets folder',
    )
    .addOption(new Option('--scheme <scheme>', 'how to sign').choices(Object.keys(schemes)).default('github'))
    .option('--event <name>', 'the kind of delivery (GitHub)', 'push')
    .requiredOption('--body <file|->', 'file with the body, - for standard input')
    .option('--id <id>', 'id of the delivery; a new one when left out')
    .action(
      action<Options>(async (session, hook) => {
        const { options, terminal, directory } = session;
        const { address } = await session.runningHost();
        const body = new TextEncoder().encode(await readInput(options.body));
        // While a secret is rotated it has several lines; the first is the one that counts from now on.
        const [secret = ''] = new Secrets(directory).read(options.secretName).split('\n');
        const id = options.id ?? newId();
        const headers = schemes[options.scheme].sign({ id, event: options.event, body, secret, now: new Date() });
        const url = `${address.url}/webhooks/${encodeURIComponent(hook!)}`;
        const response = await fetch(url, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body,
        });
        const answer = (await response.json()) as Json;
        terminal.result({ status: response.status, delivery: id, answer }, (paint) => {
          const status = response.ok ? paint.green(`✔ ${response.status}`) : paint.red(`✘ ${response.status}`);
          return `${status} ${paint.dim(`delivery ${id}`)}\n${jsonBlock(answer)}`;
        });
        process.exitCode = EXIT_CODES[exitOf(response.status)].code;
      }),
    );

const EXITS: Record<number, ExitName> = {
  400: 'BadInput',
  401: 'BadInput',
  404: 'NotFound',
  409: 'Conflict',
  413: 'BadInput',
};

const exitOf = (status: number): ExitName => (status < 300 ? 'Ok' : (EXITS[status] ?? 'Failed'));
