import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Folder } from './cloudlib.ts';

const PROGRAM = fileURLToPath(new URL('../programs/server.mjs', import.meta.url));
const LIBRARY = new URL('../../index.ts', import.meta.url).href;
const SECRET = 'a secret that is never shown';

function application(name: string, version: string, environment: Record<string, string> = {}): object {
  return {
    config: { name, version, envVars: environment, healthChecks: { path: '/health', interval: 'PT0.2S' } },
    artifacts: [{ name: 'server.mjs', type: 'Code', source: { kind: 'Local', path: 'server.mjs' } }],
  };
}

describe('without a host', () => {
  const folder = new Folder();
  afterAll(() => folder.remove());

  test('a command that needs one exits with 3, says how to start one, and leaves no state directory behind', async () => {
    const { code, stdout, stderr } = await folder.run(['deploy', 'status']);
    expect(code).toBe(3);
    expect(stdout).toBe('');
    expect(stderr).toContain('cloudlib start --detach');
    expect(existsSync(join(folder.path, '.cloudlib'))).toBe(false);
  });

  test('with --json the error is the one value on standard output', async () => {
    const { code, value } = await folder.json(['runs', 'list']);
    expect(code).toBe(3);
    expect(value.error).toMatchObject({ code: 'NotFound', hint: expect.stringContaining('cloudlib start --detach') });
  });

  test('a misspelt command exits with 2 and names the nearest one', async () => {
    const { code, stderr } = await folder.run(['depoly']);
    expect(code).toBe(2);
    expect(stderr).toContain('Did you mean deploy?');
  });

  test('an unknown option is an error in JSON too', async () => {
    const { code, value } = await folder.json(['doctor', '--colour']);
    expect(code).toBe(2);
    expect(value).toMatchObject({ error: { message: expect.stringContaining('--colour') } });
  });

  test('the help lists the exit codes', async () => {
    const { code, stdout } = await folder.run(['--help']);
    expect(code).toBe(0);
    for (const line of ['0  it worked', '3  no host runs', '5  the deployment was rolled back']) {
      expect(stdout).toContain(line);
    }
  });

  test('operations describes an input by name, type and default', async () => {
    const { stdout } = await folder.run(['operations', 'deploy.getLogs']);
    expect(stdout).toMatch(/name +text .*required/);
    expect(stdout).toMatch(/limit +whole number ≥ 1 ≤ 10000, default 1000 +the newest lines only/);
    expect(stdout).toContain('DeploymentError.DeploymentNotFound');
    const { value } = await folder.json(['operations', 'deploy']);
    expect(value).toContainEqual(expect.objectContaining({ name: 'deploy.scale', idempotency: 'natural' }));
  });

  test('an operation that does not exist exits with 3', async () => {
    expect(await folder.json(['operations', 'deploy.nothing'])).toMatchObject({
      code: 3,
      value: { error: { message: expect.stringContaining('"deploy.nothing"') } },
    });
  });

  test('doctor looks at the machine and leaves nothing behind', async () => {
    const { code, value } = await folder.json(['doctor']);
    expect(code).toBe(0);
    expect(value).toContainEqual(
      expect.objectContaining({ name: 'state directory', level: 'good', found: expect.stringContaining('wal') }),
    );
    expect(value).toContainEqual(expect.objectContaining({ name: 'host', level: 'limited' }));
    expect(value).toContainEqual({ name: 'database PostgreSQL', level: 'good', found: expect.stringMatching(/^\d/) });
    expect(existsSync(join(folder.path, '.cloudlib'))).toBe(false);
  });

  test('completion suggests commands and the operations of the catalog', async () => {
    const script = await folder.run(['completion', 'bash']);
    expect(script.stdout).toContain('cloudlib complete -- ');
    expect((await folder.run(['complete', '--', 'deploy', 'ro'])).stdout).toMatch(/^rollback\t/m);
    expect((await folder.run(['complete', '--', 'invoke', 'deploy.sc'])).stdout).toMatch(/^deploy\.scale\t/m);
  });

  test('a configuration without a default export is refused before anything starts', async () => {
    folder.write('empty.config.ts', 'export const automations = {};');
    const { code, value } = await folder.json(['start', '--config', 'empty.config.ts', '--port', '0']);
    expect(code).toBe(2);
    expect(value.error).toMatchObject({ hint: 'write "export default defineConfig({ … })"' });
  });

  test('a port that is taken is named, also when the host starts in the background', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const { code, value } = await folder.json(['start', '--detach', '--port', String(port)]);
    server.close();
    expect(code).toBe(1);
    expect(value).toMatchObject({ error: { message: expect.stringContaining(`port ${port} is taken`) } });
  });

  test('SIGINT ends a host in the foreground cleanly, and its state directory is free again', async () => {
    const host = folder.start(['start', '--port', '0', '--json']);
    const [line] = await once(createInterface(host.stdout!), 'line');
    expect(JSON.parse(line)).toMatchObject({ pid: host.pid, state: join(folder.path, '.cloudlib') });
    host.kill('SIGINT');
    expect(await once(host, 'exit')).toEqual([0, null]);
    expect((await folder.run(['runs', 'list'])).code).toBe(3);
  });

  test('an old Node is told so, with exit code 1', async () => {
    const old = new Folder({
      NODE_OPTIONS: `--import "data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'20.19.0'}})"`,
    });
    const { code, stderr } = await old.run(['--version']);
    await old.remove();
    expect(code).toBe(1);
    expect(stderr).toContain('needs Node.js 24 or newer');
  });
});

describe('with a host in the background', () => {
  const folder = new Folder({ CLOUDLIB_SECRET_GITHUB_WEBHOOK: SECRET });
  let started: { code: number | null; value: { url: string; pid: number } };

  beforeAll(async () => {
    folder.write('server.mjs', `import ${JSON.stringify(PROGRAM)};`);
    folder.write(
      'cloudlib.config.ts',
      `import { defineConfig, webhook, workflow } from ${JSON.stringify(LIBRARY)};
       export default defineConfig({ automations: { 'on-push': {
         on: webhook.github({ secret: 'github-webhook', event: 'push' }),
         start: workflow('deploy', {
           config: { name: 'pushed', version: '{% $event.data.after %}', healthChecks: { path: '/health', interval: 'PT0.2S' } },
           artifacts: [{ name: 'server.mjs', type: 'Code', source: { kind: 'Local', path: ${JSON.stringify(PROGRAM)} } }],
         }),
       } } });`,
    );
    started = await folder.json(['start', '--detach', '--port', '0']);
    folder.write('app.json', application('app', '1.0.0', { VERSION: '\u001b[31mred\u001b]0;title\u0007\u009b2J' }));
    await folder.run(['deploy', 'app.json']);
  });
  afterAll(() => folder.remove());

  test('start tells the url, the pid and the address of each webhook', async () => {
    expect(started).toMatchObject({
      code: 0,
      value: { pid: expect.any(Number), webhooks: { 'on-push': `${started.value.url}/webhooks/on-push` } },
    });
    expect((await fetch(`${started.value.url}/health`)).status).toBe(200);
  });

  test('a second start on the same directory exits with 4 and names the pid', async () => {
    const { code, stderr } = await folder.run(['start', '--detach', '--port', '0']);
    expect(code).toBe(4);
    expect(stderr).toContain(String(started.value.pid));
  });

  test('deploy shows the steps on standard error and ends with the endpoint, which answers', async () => {
    folder.write('next.json', application('next', '1.2.3'));
    const { code, stdout, stderr } = await folder.run(['deploy', 'next.json']);
    expect(code).toBe(0);
    expect(stderr).toMatch(/scale .*1 replica[\s\S]*healthy .*ready[\s\S]*traffic .*100 %[\s\S]*promote /);
    expect(stdout).toContain('next 1.2.3 is live');
    const endpoint = /http:\/\/127\.0\.0\.1:\d+/.exec(stdout)![0];
    expect((await fetch(endpoint)).status).toBe(200);
    expect((await folder.run(['deploy', 'destroy', 'next'])).code).toBe(0);
    await expect(fetch(endpoint)).rejects.toThrow();
  });

  test('deploy of an artifact that does not exist exits with 5 and gives the reason', async () => {
    const { artifacts, ...rest } = application('broken', '1') as { artifacts: { source: object }[] };
    const request = { ...rest, artifacts: [{ ...artifacts[0], source: { kind: 'Local', path: 'missing.mjs' } }] };
    const { code, value } = await folder.json(['deploy', '-'], JSON.stringify(request));
    expect(code).toBe(5);
    expect(value.error).toMatchObject({
      code: 'DeploymentError.ArtifactNotFound',
      message: expect.stringContaining(join(folder.path, 'missing.mjs')),
    });
  });

  test('deploy of a bad file exits with 2 and names every wrong value', async () => {
    folder.write('bad.json', { config: { name: 'Bad', version: 1 }, artifacts: [] });
    const { code, stderr } = await folder.run(['deploy', 'bad.json']);
    expect(code).toBe(2);
    for (const path of ['config.name', 'config.version', 'artifacts']) expect(stderr).toContain(`${path}: `);
    expect(stderr).not.toContain('    at ');
  });

  test('deploy with the name of a command that is misspelt lists the commands', async () => {
    const { code, stderr } = await folder.run(['deploy', 'stauts']);
    expect(code).toBe(2);
    expect(stderr).toContain('status, logs, promote');
  });

  test('status lists the deployments, and one by name with its revisions and versions', async () => {
    expect((await folder.run(['deploy', 'status'])).stdout).toMatch(/^app +1\.0\.0 +Running +1 of 1/m);
    const { value } = await folder.json(['deploy', 'status', 'app']);
    expect(value).toMatchObject({
      deployment: { name: 'app', version: '1.0.0', status: { kind: 'Running' } },
      revisions: [{ weight: 100, ready: 1 }],
      versions: [{ version: '1.0.0', promotedAt: expect.any(String) }],
    });
    expect((await folder.run(['deploy', 'status', 'nothing'])).code).toBe(3);
  });

  test('a log line cannot drive the terminal; JSON has it whole', async () => {
    const { stdout } = await folder.run(['deploy', 'logs', 'app']);
    expect(stdout).toMatch(/ red2?J? listens\n$/);
    expect(stdout).not.toMatch(/(?!\n)\p{Cc}/u);
    const { value } = await folder.json<{ message: string }[]>(['deploy', 'logs', 'app', '--since', '10m']);
    expect(value[0]?.message).toContain('\u001b[31mred');
  });

  test('scale sets the number of replicas', async () => {
    const { code, value } = await folder.json(['deploy', 'scale', 'app', '2']);
    expect(code).toBe(0);
    expect(value).toMatchObject({ name: 'app', replicas: 2 });
    expect((await folder.run(['deploy', 'scale', 'app', 'many'])).code).toBe(2);
  });

  test('rollback to an unknown version exits with 3 and lists those that are known', async () => {
    const { code, stderr } = await folder.run(['deploy', 'rollback', 'app', '0.9.0']);
    expect(code).toBe(3);
    expect(stderr).toContain('1.0.0');
  });

  test('promote without a rollout is a conflict', async () => {
    expect((await folder.run(['deploy', 'promote', 'app'])).code).toBe(4);
  });

  test('invoke prints the output, and exits with 2 and the path for a bad input', async () => {
    const { value } = await folder.json(['invoke', 'deploy.list']);
    expect(value.deployments).toContainEqual(expect.objectContaining({ name: 'app' }));
    const { code, stderr } = await folder.run(
      ['invoke', 'deploy.scale', '--input', '-'],
      '{"name":"app","replicas":-1}',
    );
    expect(code).toBe(2);
    expect(stderr).toContain('replicas: ');
  });

  test('the same request id gives the first result, and a conflict for another input', async () => {
    const { config, artifacts } = application('repeated', '1') as { config: object; artifacts: object[] };
    const absolute = artifacts.map((artifact) => ({ ...artifact, source: { kind: 'Local', path: PROGRAM } }));
    const parameters = ['invoke', 'deploy.deploy', '--request-id', 'first', '--input', '-'];
    const first = await folder.json(parameters, JSON.stringify({ config, artifacts: absolute }));
    const again = await folder.json(parameters, JSON.stringify({ config, artifacts: absolute }));
    expect(again.value).toEqual(first.value);
    const other = await folder.json(
      parameters,
      JSON.stringify({ config: { ...config, version: '2' }, artifacts: absolute }),
    );
    expect(other).toMatchObject({ code: 4, value: { error: { code: 'Conflict' } } });
  });

  test('a signed test delivery is accepted, repeated as the same execution, and seen by events tail', async () => {
    folder.write('push.json', { ref: 'refs/heads/main', after: '7.0.0' });
    const send = [
      'webhook',
      'send',
      'on-push',
      '--secret-name',
      'github-webhook',
      '--body',
      'push.json',
      '--id',
      'one',
    ];
    const first = await folder.json<{ answer: { execution: string } }>(send);
    expect(first).toMatchObject({ code: 0, value: { status: 202, delivery: 'one' } });
    expect((await folder.json(send)).value.answer).toEqual(first.value.answer);

    const tail = folder.start(['events', 'tail', '--after', '0', '--type', 'cloudlib.webhook', '--json']);
    const [line] = await once(createInterface(tail.stdout!), 'line');
    tail.kill('SIGINT');
    expect(JSON.parse(line).event).toMatchObject({ id: 'one', source: '/webhooks/on-push', data: { after: '7.0.0' } });
    expect(await once(tail, 'exit')).toEqual([0, null]);

    const { value } = await folder.json<{ workflow: string; states: object[] }>([
      'runs',
      'show',
      first.value.answer.execution,
    ]);
    expect(value.workflow).toBe('deploy');
    expect(value.states[0]).toMatchObject({
      state: 'Begin',
      enteredAt: expect.any(String),
      exitedAt: expect.any(String),
    });
  });

  test('a delivery that the host refuses exits with 2, and no output shows the secret', async () => {
    const send = ['webhook', 'send', 'on-push', '--secret-name', 'github-webhook', '--scheme', 'standardWebhooks'];
    const { code, stdout, stderr } = await folder.run([...send, '--body', '-'], '{}');
    expect(code).toBe(2);
    expect(stdout + stderr).not.toContain(SECRET);
    const unset = await folder.run(['webhook', 'send', 'on-push', '--secret-name', 'unset', '--body', '-'], '{}');
    expect(unset).toMatchObject({ code: 3, stderr: expect.stringContaining('CLOUDLIB_SECRET_UNSET') });
  });

  test('runs list shows how executions ended', async () => {
    const { value } = await folder.json<object[]>(['runs', 'list', '--workflow', 'deploy', '--limit', '100']);
    expect(value.at(-1)).toMatchObject({ workflow: 'deploy', status: 'SUCCEEDED' });
    expect((await folder.run(['runs', 'show', 'nothing'])).code).toBe(3);
  });

  test('stop ends the host, and a second stop finds none', async () => {
    expect(await folder.json(['stop'])).toEqual({ code: 0, value: { stopped: started.value.pid } });
    await expect(fetch(`${started.value.url}/health`)).rejects.toThrow();
    expect((await folder.run(['stop'])).code).toBe(3);
  });
});
