import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { RemoteHost } from '../../../../infra/local/client.ts';
import type { Json } from '../../../../shared/core/codecs.ts';
import { eventually } from '../../../eventually.ts';
import { EngineHost } from '../engineHost.ts';

let directory: string;
let local: EngineHost;
let remote: RemoteHost;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'cloudlib-tasks-'));
  local = await EngineHost.start(directory);
  remote = new RemoteHost({ pid: process.pid, url: local.url, token: local.token });
});

afterAll(async () => {
  await local.close();
  rmSync(directory, { recursive: true });
});

const APPROVAL: Json = {
  StartAt: 'Approve',
  States: { Approve: { Type: 'Task', Resource: 'test:approve.waitForTaskToken', End: true } },
};

/** Starts a workflow that waits for a token. */
async function waiting(): Promise<{ id: string; token: string }> {
  const before = local.tokens.length;
  const id = local.start(APPROVAL);
  await eventually(() => expect(local.tokens.length).toBeGreaterThan(before));
  return { id, token: local.tokens.at(-1)! };
}

const post = (path: string, body: string, token = local.token) =>
  fetch(`${local.url}${path}`, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body });

describe('a task token, over the gateway', () => {
  test('ends its state with the output that it is answered', async () => {
    const { id, token } = await waiting();
    await remote.heartbeat(token);
    await remote.signal(token, { output: { by: 'someone' } });
    expect(await remote.waitForExecution(id)).toMatchObject({ status: 'SUCCEEDED', output: { by: 'someone' } });
  });

  test('ends its state with the error and the cause', async () => {
    const { id, token } = await waiting();
    await remote.signal(token, { error: 'Rejected', cause: 'not today' });
    expect(await remote.waitForExecution(id)).toMatchObject({
      status: 'FAILED',
      error: 'Rejected',
      cause: 'not today',
    });
  });

  test('is answered once: again is a conflict, and one that was never issued is not found', async () => {
    const { token } = await waiting();
    await remote.signal(token, { output: null });
    await expect(remote.signal(token, { output: null })).rejects.toMatchObject({ code: 'Conflict' });
    await expect(remote.heartbeat('guessed')).rejects.toMatchObject({ code: 'NotFound' });
  });

  test.each([
    ['a body that is not JSON', 'succeed', '{'],
    ['an answer without an output', 'succeed', '{}'],
    ['an error that is no text', 'fail', '{"error": 7}'],
    ['an unknown key', 'fail', '{"error": "E", "reason": "?"}'],
  ])('refuses %s', async (_case, how, body) => {
    const { id, token } = await waiting();
    expect((await post(`/tasks/${token}/${how}`, body)).status).toBe(400);
    expect(local.engine.get(id)?.status).toBe('RUNNING');
  });

  test('asks for the token of the host', async () => {
    const { id, token } = await waiting();
    const answer = await post(`/tasks/${token}/succeed`, '{"output": 1}', 'another');
    expect(answer.status).toBe(401);
    expect(local.engine.get(id)?.status).toBe('RUNNING');
  });
});

describe('the stop of an execution, over the gateway', () => {
  test('ends it as ABORTED with the reason; once it has ended, nothing changes', async () => {
    const { id } = await waiting();
    await remote.stop(id, { error: 'Obsolete', cause: 'a newer one runs' });
    const ended = { status: 'ABORTED', error: 'Obsolete', cause: 'a newer one runs' };
    expect(await remote.execution(id)).toMatchObject(ended);
    await remote.stop(id, { error: 'Again' });
    expect(await remote.execution(id)).toMatchObject(ended);
  });

  test('of an unknown one is not found', async () => {
    await expect(remote.stop('unknown')).rejects.toMatchObject({ code: 'NotFound' });
  });
});

describe('the redrive of an execution, over the gateway', () => {
  test('has what failed go on with a token of its own', async () => {
    const { id, token } = await waiting();
    await remote.signal(token, { error: 'Rejected', cause: 'not today' });
    await remote.waitForExecution(id);
    await remote.redrive(id);
    await eventually(() => expect(local.tokens.at(-1)).not.toBe(token));
    await remote.signal(local.tokens.at(-1)!, { output: 'after all' });
    expect(await remote.waitForExecution(id)).toMatchObject({ status: 'SUCCEEDED', output: 'after all' });
  });

  test('is a conflict while it runs, and not found when it does not exist', async () => {
    const { id } = await waiting();
    await expect(remote.redrive(id)).rejects.toMatchObject({ code: 'Conflict' });
    await expect(remote.redrive('unknown')).rejects.toMatchObject({ code: 'NotFound' });
  });
});
