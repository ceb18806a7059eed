import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import type { LoadedConfiguration } from '../../infra/local/configuration.ts';
import type { Configuration } from '../../shared/configuration.ts';
import { CloudError } from '../../shared/core/errors.ts';
import { placeOf } from '../../shared/core/place.ts';
import type { Host } from '../../shared/host.ts';
import { closeOnSignals } from '../closing.ts';
import { changeText } from '../configurationChanges.ts';
import { loadConfiguration } from '../configurationFile.ts';
import { watchConfiguration } from '../configurationWatch.ts';
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
  watch?: boolean;
}

/** `cloudlib start`: runs the host of the state directory, here or in the background. */
export const start = (): Command =>
  new Command('start')
    .description('run the host on this machine')
    .option('--config <file>', 'configuration; cloudlib.config.ts of this folder when left out and present')
    .option('--port <number>', 'port of the gateway, 0 for any free one', portOf, DEFAULT_PORT)
    .option('--watch', 'apply the configuration whenever its files change')
    .option('--detach', 'run it in the background, with its output in host.log of the state directory')
    .action(action<Options>((session) => (session.options.detach ? startInBackground(session) : startHere(session))));

async function startInBackground({ options, directory, terminal }: Session<Options>): Promise<void> {
  const { config, port, watch = false } = options;
  show(terminal, await startDetached({ directory, port, watch, ...(config !== undefined && { config }) }));
}

async function startHere({ options, directory, terminal }: Session<Options>): Promise<void> {
  try {
    const watcher = options.watch ? watchConfiguration(() => applyNow(host, terminal)) : undefined;
    const reload = async () => {
      const loaded = await loadConfiguration(options.config);
      watcher?.follow(filesOf(loaded));
      return loaded;
    };
    const loaded = await reload();
    const { LocalHost } = await import('../../infra/local/host.ts');
    const host = await LocalHost.start({ directory, ...loaded, reload, port: options.port });
    closeOnSignals(host, terminal);
    const started = {
      pid: process.pid,
      url: host.url!,
      s3: host.storageUrl!,
      state: directory,
      webhooks: webhooksOf(loaded.configuration, host.url!),
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

/** Applies what has changed and says what, or why it did not: what is broken changes nothing. */
async function applyNow({ application }: Host, terminal: Terminal): Promise<void> {
  try {
    const { plan, changes } = await application.plan();
    if (changes.length === 0) return;
    await application.apply(plan);
    terminal.notice(['applied the configuration:', ...changes.map((change) => `  ${changeText(change)}`)].join('\n'));
  } catch (error) {
    terminal.notice(`the configuration was not applied: ${(error as Error).message}`);
  }
}

function filesOf({ configuration, files }: LoadedConfiguration): string[] {
  const place = placeOf(configuration);
  const workflows = Object.values(configuration.workflows ?? {});
  return [...Object.keys(files), ...workflows.map((file) => resolve(place ? dirname(place.file) : '.', file))];
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
