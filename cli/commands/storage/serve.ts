import { Command, InvalidArgumentError } from 'commander';
import { ACCESS_KEY_ID, readKeys, SECRET_ACCESS_KEY } from '../../../infra/local/s3/keys.ts';
import { closeOnSignals } from '../../closing.ts';
import { portOf } from '../../port.ts';
import { action } from '../../session.ts';
import { fields } from '../../terminal.ts';

/** The port unless told otherwise. */
const DEFAULT_PORT = 4720;

interface Options {
  port: number;
  dir: string;
  address: string;
  domain: string[];
  keys?: string;
}

/** `cloudlib storage serve`: an S3-compatible server over a directory, until a signal ends it. */
export const serve = (): Command =>
  new Command('serve')
    .description(`serve a directory with the interface of S3; its keys are ${ACCESS_KEY_ID} and ${SECRET_ACCESS_KEY}`)
    .requiredOption('--dir <dir>', 'where the objects lie; made when it does not exist')
    .option('--port <number>', 'port to listen on, 0 for any free one', portOf, DEFAULT_PORT)
    .option('--address <ip>', 'address to listen on; others than the loopback can be reached from outside', '127.0.0.1')
    .option(
      '--domain <name>',
      'name below which buckets are reached as <bucket>.<name>; may be given again',
      domainOf,
      [],
    )
    .option('--keys <file>', 'JSON file of mode 600 with the keys of further accounts')
    .action(
      action<Options>(async ({ options, terminal }) => {
        const { port, dir, address, domain, keys } = options;
        const pairs = readKeys(process.env, keys);
        const { StorageServer } = await import('../../../infra/local/s3/storageServer.ts');
        const server = await StorageServer.open({
          ...{ directory: dir, keys: pairs, port, address, domains: domain },
          onError: (error) => terminal.notice(`an error that nobody foresaw: ${(error as Error)?.stack ?? error}`),
        });
        closeOnSignals(server, terminal);
        const { accessKeyId } = pairs[0];
        terminal.result({ url: server.url, directory: dir, accessKeyId, pid: process.pid }, (paint) =>
          [
            `${paint.green('✔')} ${paint.bold('S3')} at ${paint.cyan(server.url)}`,
            '',
            fields(paint, [
              ['directory', dir],
              ['access key id', accessKeyId],
            ]),
          ].join('\n'),
        );
        terminal.notice(terminal.noticePaint.dim('Press Ctrl+C to stop.'));
      }),
    );

function domainOf(text: string, before: string[]): string[] {
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*$/i.test(text)) return [...before, text.toLowerCase()];
  throw new InvalidArgumentError('A domain is a name such as s3.example.com, without a port.');
}
