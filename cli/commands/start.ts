import { Command } from 'commander';
import type { Configuration } from '../../shared/configuration.ts';
import { CloudError } from '../../shared/core/errors.ts';
import { closeOnSignals } from '../closing.ts';
import { readConfiguration } from '../configurationFile.ts';
import { type Started, startDetached } from '../detached.ts';
import { CommandFailure } from '../failure.ts';
import { portOf } from '../port.ts';
import { action, type Session } from '../session.ts';
import { fields, type Terminal } from '../terminal.ts';

/** The gateway's port unless told otherwise. */
export const DEFAULT_PORT = 4710;

interface Options {
  config?: string;
  port: number;
  detach?: boolean;
}

/** `cloudlib start`: runs the host of the state directory, here or in the background. */
export const start = (): Command =>
  new Command('start')
    .description('run the host on this machine')
    .option('--config <file>', 'configuration; cloudlib.config.ts of this folder when left out and present')
    .option('--port <number>', 'port of the gateway, 0 for any free one', portOf, DEFAULT_PORT)
    .option('--detach', 'run it in the background, with its output in host.log of the state directory')
    .action(action<Options>((session) => (session.options.detach ? startInBackground(session) : startHere(session))));

async function startInBackground({ options, directory, terminal }: Session<Options>): Promise<void> {
  const { config, port } = options;
  show(terminal, await startDetached({ directory, port, ...(config !== undefined && { config }) }));
}

async function startHere({ options, directory, terminal }: Session<Options>): Promise<void> {
  try {
    const configuration = await readConfiguration(options.config);
    const { LocalHost } = await import('../../infra/local/host.ts');
    const host = await LocalHost.start({ directory, configuration, port: options.port });
    closeOnSignals(host, terminal);
    const started = {
      pid: process.pid,
      url: host.url!,
      s3: host.storageUrl!,
      state: directory,
      webhooks: webhooksOf(configuration, host.url!),
    };
    show(terminal, started);
    terminal.notice(terminal.noticePaint.dim('Press Ctrl+C to stop.'));
    process.send?.({ started });
  } catch (error) {
    if (!process.send) throw error;
    // Started by --detach, which shows the error: the log may be the one of a host that runs.
    const failure = CloudError.from(error);
    process.send({
      error: { ...failure.toJSON(), hint: failure instanceof CommandFailure ? failure.hint : undefined },
    });
    process.disconnect();
  }
}

function webhooksOf({ automations = {} }: Configuration, url: string): Record<string, string> {
  const hooks = Object.entries(automations).filter(([, { on }]) => on.kind === 'webhook');
  return Object.fromEntries(hooks.map(([name]) => [name, `${url}/webhooks/${name}`]));
}

function show(terminal: Terminal, started: Started): void {
  const { pid, url, s3, state, webhooks, log } = started;
  terminal.result(started, (paint) =>
    [
      `${paint.green('✔')} ${paint.bold('cloudlib')} runs at ${paint.cyan(url)}`,
      '',
      fields(paint, [
        ['pid', String(pid)],
        ['state', state],
        ['s3', s3],
        ['log', log],
        ...Object.entries(webhooks).map(([name, address]): [string, string] => [`webhook ${name}`, address]),
      ]),
    ].join('\n'),
  );
}
