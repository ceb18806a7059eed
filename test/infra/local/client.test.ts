import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RemoteHost } from '../../../infra/local/client.ts';
import { connect, findHost } from '../../../infra/local/connect.ts';
import { LocalHost } from '../../../infra/local/host.ts';
import { type HostAddress, readAddress } from '../../../infra/local/store/database.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import { deployment } from '../../functions/deploy/trialHost.ts';

let directory: string;
let local: LocalHost;
let address: HostAddress;
let host: RemoteHost;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cloudlib-client-'));
  local = await LocalHost.start({ directory, port: 0 });
  address = readAddress(directory)!;
  host = new RemoteHost(address);
});

afterAll(async () => {
  await local.close();
  rmSync(directory, { recursive: true });
});

/** A rollout that ends at once, because its artifact does not exist. */
const futile = (name: string, version = 'v1') =>
  deployment(name, version, {}, { source: { kind: 'Local', path: '/nowhere' } }) as never;

const thrownBy = (asked: Promise<unknown>): Promise<CloudError> =>
  asked.then(
    () => Promise.reject(new Error('it did not fail')),
    (error) => error,
  );

describe('a host in another process', () => {
  test('fails as it would in this one: with code, message, details and whether to try again', async () => {
    const attempts: [operation: string, input: object][] = [
      ['deploy.getStatus', { name: 'unknown' }],
      ['deploy.scale', { name: 'unknown', replicas: -1 }],
      ['deploy.fly', {}],
    ];
    for (const [operation, input] of attempts) {
      const here = await thrownBy(local.invoke(operation, input as never));
      const there = await thrownBy(host.invoke(operation, input as never));
      expect(there).toBeInstanceOf(CloudError);
      expect(there.toJSON()).toEqual(JSON.parse(JSON.stringify(here.toJSON())));
    }
  });

  test.each([
    ['an unknown operation', '/operations/deploy.fly', '{}', 404, 'NotFound'],
    ['an unknown deployment', '/operations/deploy.getStatus', '{"name":"unknown"}', 404, 'DeploymentNotFound'],
    ['a wrong input', '/operations/deploy.getStatus', '{"name":7}', 400, 'InvalidInput'],
    ['a body that is not JSON', '/operations/deploy.getStatus', '{', 400, 'InvalidInput'],
    ['an unknown provider', '/operations/deploy.list?provider=mars', '{}', 404, 'NotFound'],
    ['a limit that is no number', '/executions?limit=many', undefined, 400, 'InvalidInput'],
    ['a cursor that is no number', '/events?cursor=last', undefined, 400, 'InvalidInput'],
    ['the history of an unknown execution', '/executions/none/history', undefined, 404, 'NotFound'],
  ])('answers %s with the status that the field uses', async (_case, path, body, status, code) => {
    const answer = await fetch(`${address.url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${address.token}` },
      ...(body !== undefined && { body }),
    });
    expect(answer.status).toBe(status);
    expect(await answer.json()).toMatchObject({ error: { code: expect.stringContaining(code) } });
  });

  test('refuses who does not know its token, and does not tell it', async () => {
    const stranger = new RemoteHost({ ...address, token: 'x'.repeat(address.token.length) });
    const error = await thrownBy(stranger.invoke('deploy.list', {}));
    expect(error.code).toBe('Unauthorized');
    expect(JSON.stringify(error)).not.toContain(address.token);
  });

  test('that does not answer is Unavailable, with its address', async () => {
    const nobody = new RemoteHost({ ...address, url: 'http://127.0.0.1:1' });
    expect(await thrownBy(nobody.invoke('deploy.list', {}))).toMatchObject({
      code: 'Unavailable',
      retry: 'backoff',
      message: expect.stringContaining('http://127.0.0.1:1'),
    });
  });

  test('starts one rollout for a request that is sent twice with one id, and refuses the id for another', async () => {
    const once = await host.invoke('deploy.deploy', futile('twice'), { requestId: 'request-1' });
    expect(await host.invoke('deploy.deploy', futile('twice'), { requestId: 'request-1' })).toEqual(once);
    const error = await thrownBy(host.invoke('deploy.deploy', futile('twice', 'v2'), { requestId: 'request-1' }));
    expect(error).toMatchObject({ code: 'Conflict', message: expect.stringContaining('request-1') });
  });

  test('waits for an execution and tells it with its times; an unknown one is undefined', async () => {
    const { execution } = (await host.invoke('deploy.deploy', futile('waited'))) as { execution: string };
    const ended = await host.waitForExecution(execution);
    expect(ended).toMatchObject({ id: execution, status: 'FAILED', error: 'DeploymentError.ArtifactNotFound' });
    expect(ended.startedAt).toBeInstanceOf(Date);
    expect(ended.stoppedAt).toBeInstanceOf(Date);
    expect(await host.execution('unknown')).toBeUndefined();
    expect((await host.executions({ workflow: 'deploy', limit: 1 })).map(({ id }) => id)).toEqual([execution]);
    expect(await host.history(execution)).not.toHaveLength(0);
  });

  test('streams events from a cursor on, in order, those to come as well', async () => {
    const first = (await host.invoke('deploy.deploy', futile('streamed'), { requestId: 'streamed-1' })) as object;
    const stop = new AbortController();
    const types: string[] = [];
    let last = 0;
    for await (const { cursor, event } of host.events({ cursor: 0, signal: stop.signal })) {
      expect(cursor).toBeGreaterThan(last);
      last = cursor;
      if (event.id === 'streamed-1.succeeded') {
        expect(event.data).toMatchObject({ output: first });
        await host.invoke('deploy.deploy', futile('streamed', 'v2'), { requestId: 'streamed-2' });
      }
      types.push(event.type);
      if (event.id === 'streamed-2.succeeded') break;
    }
    stop.abort();
    expect(types).toContain('cloudlib.deploy.deploy.succeeded');
    expect(types).toContain('cloudlib.workflow.status');
  });
});

describe('a state directory', () => {
  test('on which a host runs refuses a second one, with the pid of the first', async () => {
    expect(await thrownBy(LocalHost.start({ directory }))).toMatchObject({
      code: 'Conflict',
      message: expect.stringContaining(`a host (pid ${process.pid}) already runs on ${directory}`),
    });
  });

  test('on which a host runs is connected to it', async () => {
    expect(findHost(directory)).toBeInstanceOf(RemoteHost);
    const connected = await connect(directory);
    expect(connected.embedded).toBe(false);
    expect(await connected.invoke('deploy.list', {})).toHaveProperty('deployments');
  });

  test('on which a host without a gateway runs has none to talk to, whatever an earlier one announced', async () => {
    const other = mkdtempSync(join(tmpdir(), 'cloudlib-client-'));
    await (await LocalHost.start({ directory: other, port: 0 })).close();
    expect(findHost(other)).toBeUndefined();
    const embedded = await LocalHost.start({ directory: other, embedded: true });
    expect(findHost(other)).toBeUndefined();
    expect(await thrownBy(connect(other))).toMatchObject({
      code: 'Conflict',
      message: expect.stringContaining(`(pid ${process.pid})`),
    });
    await embedded.close();
    rmSync(other, { recursive: true });
  });
});
