import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { LocalHost } from '../../../infra/local/host.ts';
import { defineConfig, webhook, workflow } from '../../../shared/configuration.ts';
import { schemes } from '../../../shared/semantics/webhooks/index.ts';
import { deployment, replicasOf, TrialHost, until } from '../../functions/deploy/trialHost.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cloudlib-host-'));
});

afterEach(() => {
  for (const pid of replicasOf(directory)) process.kill(pid, 'SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

/** Every file and folder of the state directory. */
const everything = (): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name));

describe('deployments of a host that is closed', () => {
  test('end with it, and come back with the next one at the same endpoint', async () => {
    const first = await TrialHost.start({ directory, embedded: true });
    await first.deploy('app', 'v1', { scaling: { minReplicas: 2 } });
    const { endpoint } = (await first.status('app')).deployment;
    expect(replicasOf(directory)).toHaveLength(2);
    await first.host.close();
    expect(replicasOf(directory)).toEqual([]);

    const second = await TrialHost.start({ directory, embedded: true });
    await until('both replicas are back', async () => (await second.status('app')).revisions[0]?.ready === 2);
    expect((await second.status('app')).deployment).toMatchObject({ endpoint, version: 'v1' });
    expect(await (await fetch(endpoint)).json()).toMatchObject({ version: 'v1' });
    await second.host.close();
    expect(replicasOf(directory)).toEqual([]);
  });

  test('end even when they ignore being asked to', async () => {
    const trial = await TrialHost.start({ directory, stopGrace: 200 });
    await trial.deploy('stubborn', 'v1', { envVars: { IGNORE_SIGTERM: '1' } });
    expect(replicasOf(directory)).toHaveLength(1);
    await trial.host.close();
    expect(replicasOf(directory)).toEqual([]);
  });

  test('closing twice is closing once', async () => {
    const { host } = await TrialHost.start({ directory });
    await Promise.all([host.close(), host.close()]);
    await host.close();
    await (await LocalHost.start({ directory })).close();
  });
});

describe('a program without a host', () => {
  const index = new URL('../../../index.ts', import.meta.url);
  const { config, artifacts } = deployment('app', 'v1');
  const script = `
    import { connect, Deployer, local } from '${index}';
    const deployer = new Deployer(local(), ${JSON.stringify(config)}).addArtifact(${JSON.stringify(artifacts[0])});
    console.log((await deployer.deploy()).endpoint);
    await connect(process.env.CLOUDLIB_STATE).catch((error) => console.log(error.code));`;

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'is told once that its deployments end with it, and %s ends them',
    async (signal) => {
      const file = join(directory, 'program.mjs');
      writeFileSync(file, script);
      const program = spawn(process.execPath, [file], {
        env: { ...process.env, CLOUDLIB_STATE: directory },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let [output, warnings] = ['', ''];
      program.stdout.on('data', (chunk) => {
        output += chunk;
      });
      program.stderr.on('data', (chunk) => {
        warnings += chunk;
      });
      await until('the program is through', () => output.includes('Conflict'));
      expect(await (await fetch(output.split('\n')[0]!)).json()).toMatchObject({ version: 'v1' });
      expect(warnings.match(/CLOUDLIB_EMBEDDED/g)).toHaveLength(1);
      expect(warnings).toContain(`no host runs on ${directory}`);
      program.kill(signal);
      expect(await once(program, 'exit')).toEqual([null, signal]);
      expect(replicasOf(directory)).toEqual([]);
    },
  );

  test('that fails takes its replicas with it', async () => {
    const file = join(directory, 'failing.mjs');
    writeFileSync(file, `${script}\nthrow new Error('the script is wrong');`);
    const program = spawn(process.execPath, [file], {
      env: { ...process.env, CLOUDLIB_STATE: directory },
      stdio: 'ignore',
    });
    expect(await once(program, 'exit')).toEqual([1, null]);
    await until('its replicas have ended', () => replicasOf(directory).length === 0);
  });
});

describe('the state directory', () => {
  test('is closed to other users, and so is every file that tells something', async () => {
    const inside = join(directory, 'state');
    const host = await TrialHost.start({ directory: inside, port: 0 });
    await host.deploy('app', 'v1');
    const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8);
    expect(modeOf(inside)).toBe('700');
    expect(modeOf(join(inside, 'deploy'))).toBe('700');
    const logs = everything().filter((path) => path.endsWith('.log'));
    expect(logs).toHaveLength(2);
    for (const file of [...logs, join(inside, 'token'), join(inside, 'host.json')]) expect(modeOf(file)).toBe('600');
    await host.host.close();
  });

  test('holds the value of a secret nowhere but in the file of that secret, and no event or error tells it', async () => {
    const fromFile = `distinctive-file-${Math.random()}`;
    const fromEnvironment = `distinctive-environment-${Math.random()}`;
    process.env.CLOUDLIB_SECRET_HOOK = fromEnvironment;
    mkdirSync(join(directory, 'secrets'));
    writeFileSync(join(directory, 'secrets', 'api-key'), fromFile, { mode: 0o600 });
    const secrets = [
      { name: 'api-key', environmentVariable: 'API_KEY' },
      { name: 'hook', environmentVariable: 'HOOK' },
    ];
    const configuration = defineConfig({
      automations: {
        push: {
          on: webhook.github({ secret: 'hook', event: 'push' }),
          start: workflow('deploy', deployment('app', 'v1', { secrets }) as never),
        },
      },
    });
    const trial = await TrialHost.start({ directory, configuration, port: 0 });
    const send = async (secret: string): Promise<{ status: number; text: string }> => {
      const body = Buffer.from('{"ref":"refs/heads/main"}');
      const headers = schemes.github.sign({ id: 'delivery-1', event: 'push', body, secret, now: new Date() });
      const answer = await fetch(`${trial.host.url}/webhooks/push`, { method: 'POST', headers, body });
      return { status: answer.status, text: await answer.text() };
    };
    const refused = await send('a wrong one');
    expect(refused.status).toBe(401);
    const accepted = await send(fromEnvironment);
    expect(accepted.status).toBe(202);
    const { execution } = JSON.parse(accepted.text);
    expect((await trial.host.waitForExecution(execution)).status).toBe('SUCCEEDED');
    const [pid] = replicasOf(directory);
    expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).toContain(`API_KEY=${fromFile}`);

    const unset = [{ name: 'never-set', environmentVariable: 'NEVER' }, ...secrets];
    const failed = await trial.roll('deploy.deploy', deployment('unset', 'v1', { secrets: unset }));
    expect(failed.cause).toContain('secret "never-set" is not set');

    const told = [refused.text, accepted.text, failed.cause, JSON.stringify(await trial.host.history(execution))];
    const stop = new AbortController();
    for await (const { event } of trial.host.events({ cursor: 0, signal: stop.signal })) {
      told.push(JSON.stringify(event));
      if (event.subject === failed.id && told.at(-1)!.includes('FAILED')) break;
    }
    for (const text of told) expect(text).not.toMatch(/distinctive-/);
    const holders = everything().filter(
      (path) => statSync(path).isFile() && readFileSync(path).includes('distinctive-'),
    );
    expect(holders).toEqual([join(directory, 'secrets', 'api-key')]);
    await trial.host.close();
    delete process.env.CLOUDLIB_SECRET_HOOK;
  });

  test('with a secret that others may read is refused where the secret is needed, with what to do', async () => {
    mkdirSync(join(directory, 'secrets'));
    writeFileSync(join(directory, 'secrets', 'open'), 'distinctive', { mode: 0o644 });
    const { host } = await TrialHost.start({ directory });
    await expect(host.secret('open')).rejects.toMatchObject({
      code: 'Unauthorized',
      message: expect.stringMatching(/^secret "open": others may read its file; run chmod 600 /),
    });
    await host.close();
  });
});
