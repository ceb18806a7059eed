import { Command, Option } from 'commander';
import { schemeOf } from '../../../infra/local/gateway/verification.ts';
import { Secrets } from '../../../infra/local/secrets.ts';
import type { WebhookTrigger } from '../../../shared/configuration.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import { newId } from '../../../shared/core/ids.ts';
import type { Host } from '../../../shared/host.ts';
import { type Scheme, type SchemeName, schemes } from '../../../shared/semantics/webhooks/index.ts';
import { EXIT_CODES, type ExitName } from '../../exitCodes.ts';
import { CommandFailure } from '../../failure.ts';
import { readInput } from '../../input.ts';
import { action } from '../../session.ts';
import { jsonBlock } from '../../terminal.ts';

interface Options {
  secretName?: string;
  scheme?: SchemeName;
  event?: string;
  body: string;
  id?: string;
}

/** `cloudlib webhook send`: a signed delivery to a webhook of the running host, as its real sender would make it. */
export const send = (): Command =>
  new Command('send')
    .description('send a signed test delivery to a webhook of the running host')
    .argument('<hook>', 'its name in the configuration')
    .option(
      '--secret-name <name>',
      "the secret that signs, the webhook's own when left out; its value comes from the environment or the secrets folder",
    )
    .addOption(
      new Option('--scheme <scheme>', 'how to sign; as the webhook says when left out').choices(Object.keys(schemes)),
    )
    .option('--event <name>', 'the kind of delivery; the one that the webhook takes when left out')
    .requiredOption('--body <file|->', 'file with the body, - for standard input')
    .option('--id <id>', 'id of the delivery; a new one when left out')
    .action(
      action<Options>(async (session, hook) => {
        const { options, terminal, directory } = session;
        const { host, address } = await session.runningHost();
        const signer = signerOf(options, await triggerOf(host, hook!));
        const body = new TextEncoder().encode(await readInput(options.body));
        // While a secret is rotated it has several lines; the first is the one that counts from now on.
        const [secret = ''] = new Secrets(directory).read(signer.secretName).split('\n');
        const id = options.id ?? newId();
        const { event } = signer;
        const headers = signer.scheme.sign({
          id,
          body,
          secret,
          now: new Date(),
          ...(event !== undefined && { event }),
        });
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

/** The webhook as the running host has it; undefined when it has none of that name, which its answer will say. */
async function triggerOf({ bus }: Host, hook: string): Promise<WebhookTrigger | undefined> {
  const on = (await bus.rules()).find(({ name }) => name === hook)?.on;
  return on?.kind === 'webhook' ? (on as unknown as WebhookTrigger) : undefined;
}

function signerOf(options: Options, on: WebhookTrigger | undefined): Signer {
  if (on?.scheme === 'sns' && !options.scheme) {
    throw new CommandFailure('InvalidInput', 'only Amazon SNS can sign messages for this webhook', {
      hint: 'publish to its topic, or try the rest of it with a webhook of another kind',
    });
  }
  const secretName = options.secretName ?? (on && 'secret' in on ? on.secret : undefined);
  if (secretName === undefined) {
    throw new CommandFailure('InvalidInput', 'it is not known which secret signs', {
      hint: 'name it with --secret-name',
    });
  }
  const own = on && on.scheme !== 'sns' ? schemeOf(on) : schemes.github;
  const event = options.event ?? on?.event;
  const scheme = options.scheme ? schemes[options.scheme] : own;
  return { secretName, scheme, ...(event !== undefined && { event }) };
}

interface Signer {
  secretName: string;
  scheme: Scheme;
  event?: string;
}

const EXITS: Record<number, ExitName> = {
  400: 'BadInput',
  401: 'BadInput',
  404: 'NotFound',
  409: 'Conflict',
  413: 'BadInput',
};

const exitOf = (status: number): ExitName => (status < 300 ? 'Ok' : (EXITS[status] ?? 'Failed'));
