import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CloudErrorJson } from '../shared/core/errors.ts';
import { CommandFailure } from './failure.ts';
import { isHealthy } from './hostAddress.ts';

/** A host that runs. */
export interface Started {
  pid: number;
  url: string;
  /** Where its object storage answers with the interface of S3. */
  s3: string;
  /** Its state directory. */
  state: string;
  /** The address of each webhook by name. */
  webhooks: Record<string, string>;
  /** Where it writes, when it runs in the background. */
  log?: string;
}

const BIN = fileURLToPath(new URL('./bin.js', import.meta.url));

/** Starts a host as a process of its own that outlives this one, and waits until its gateway answers. */
export async function startDetached({
  directory,
  port,
  watch,
  config,
}: {
  directory: string;
  port: number;
  watch: boolean;
  config?: string;
}): Promise<Started> {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const log = join(directory, 'host.log');
  const output = openSync(log, 'a', 0o600);
  const given = [
    '--state',
    directory,
    '--port',
    String(port),
    ...(config === undefined ? [] : ['--config', config]),
    ...(watch ? ['--watch'] : []),
  ];
  const child = spawn(process.execPath, [BIN, 'start', ...given], {
    detached: true,
    stdio: ['ignore', output, output, 'ipc'],
  });
  closeSync(output);
  const started = { ...(await report(child, log)), log };
  child.disconnect();
  child.unref();
  if (await isHealthy(started.url)) return started;
  throw new CommandFailure('Unavailable', `the host (pid ${started.pid}) runs but ${started.url} does not answer`, {
    hint: `look at ${log}`,
  });
}

/** What the host says of its start: where it answers, or why it could not start. */
function report(child: ChildProcess, log: string): Promise<Started> {
  return new Promise((resolve, reject) => {
    child.once('message', (message: { started: Started } | { error: CloudErrorJson & { hint?: string } }) => {
      if ('started' in message) return resolve(message.started);
      const { code, message: text, ...more } = message.error;
      reject(new CommandFailure(code, text, more));
    });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(
        new CommandFailure('Unavailable', `the host ended while it started (${signal ?? `exit code ${code}`})`, {
          hint: `look at ${log}`,
        }),
      ),
    );
  });
}
