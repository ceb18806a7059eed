import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from '@jest/globals';
import { RemoteHost } from '../../../../infra/local/client.ts';
import { readAddress } from '../../../../infra/local/store/database.ts';
import { eventually } from '../../../eventually.ts';

const HOST = fileURLToPath(new URL('../../../programs/automatedHost.ts', import.meta.url));
const SENDERS = 16;
const KILLS = 3;

let running: ChildProcess | undefined;
/** The ids of the requests that the HTTP destination got; the same one again is the same delivery. */
const posted = new Set<string>();
const receiver = createServer((request, response) => {
  posted.add(String(request.headers['webhook-id']));
  request.resume().on('end', () => response.end());
});
const directory = mkdtempSync(join(tmpdir(), 'cloudlib-bus-kill-'));

afterEach(() => {
  running?.kill('SIGKILL');
  receiver.closeAllConnections();
  receiver.close();
  rmSync(directory, { recursive: true, force: true });
});

async function receiverUrl(): Promise<string> {
  if (!receiver.listening) await once(receiver.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
}

async function startHost(): Promise<{ process: ChildProcess; host: RemoteHost }> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', HOST, directory, await receiverUrl()],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  running = child;
  for await (const line of createInterface({ input: child.stdout! })) if (line.startsWith('ready')) break;
  return { process: child, host: new RemoteHost(readAddress(directory)!) };
}

/** Publishes until the host is gone; the ids whose acknowledgement came, and the last ones, of which nobody knows. */
async function publishUntilKilled(host: RemoteHost, round: number, acknowledged: Set<string>, sent: Set<string>) {
  const send = async (sender: number): Promise<void> => {
    for (let index = 0; ; index++) {
      const id = `e${round}-${sender}-${index}`;
      sent.add(id);
      try {
        await host.bus.publish([
          { specversion: '1.0', id, source: '/load', type: 'load', time: new Date().toISOString() },
        ]);
      } catch {
        return;
      }
      acknowledged.add(id);
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, (_, sender) => send(sender)));
}

test('a host that is killed under load gives every acknowledged event its effects once', async () => {
  const acknowledged = new Set<string>();
  const sent = new Set<string>();
  for (let round = 0; round < KILLS; round++) {
    const { process: child, host } = await startHost();
    const before = acknowledged.size;
    const publishing = publishUntilKilled(host, round, acknowledged, sent);
    await eventually(() => expect(acknowledged.size).toBeGreaterThan(before + 40 + 20 * round));
    child.kill('SIGKILL');
    await Promise.all([publishing, once(child, 'exit')]);
  }
  const { host } = await startHost();
  // What was sent and not acknowledged may be sent again, which changes nothing where it had arrived.
  const unknown = [...sent].filter((id) => !acknowledged.has(id));
  for (const id of unknown) {
    await host.bus.publish([{ specversion: '1.0', id, source: '/load', type: 'load', time: new Date().toISOString() }]);
  }
  await eventually(async () => {
    for (const { pending, delivered } of await host.bus.rules()) {
      expect({ pending, delivered }).toEqual({ pending: 0, delivered: sent.size });
    }
  });
  const started = (await host.executions({ limit: 100_000 })).map(
    ({ input }) => (input as { config: { name: string } }).config.name,
  );
  expect(started.sort()).toEqual([...sent].sort());
  expect(posted.size).toBe(sent.size);
  expect(await host.bus.deadLetters()).toEqual([]);
}, 60_000);
