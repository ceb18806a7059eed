import { once } from 'node:events';
import { get, type IncomingMessage, type ServerResponse } from 'node:http';
import net from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { httpReplica, target, web } from './servers.ts';

/** A replica that answers when the test says so. */
async function waitingReplica() {
  const { promise: arrived, resolve } = Promise.withResolvers<ServerResponse>();
  const replica = await httpReplica((_, response) => resolve(response));
  return { ...replica, arrived };
}

function sentTo(url: string): Promise<IncomingMessage> {
  return once(get(url), 'response').then(([response]) => response as IncomingMessage);
}

describe('draining', () => {
  test('lets the request in flight finish, sends new ones elsewhere and resolves with true', async () => {
    await using old = await waitingReplica();
    await using other = await httpReplica((_, response) => response.end('other'));
    await using endpoint = await web(old.port);
    const pending = sentTo(endpoint.url);
    const response = await old.arrived;
    await endpoint.route({ v1: 100 }, [target(old.port), target(other.port, 1)]);

    let drained = false;
    const draining = endpoint.proxy.drain('web', 'v1-0', 20_000).then((result) => {
      drained = true;
      return result;
    });
    for (let round = 0; round < 5; round++) expect(await (await fetch(endpoint.url)).text()).toBe('other');
    expect(drained).toBe(false);

    response.end('finished');
    expect(await text(await pending)).toBe('finished');
    expect(await draining).toBe(true);
  });

  test('resolves with false when a request takes longer than the timeout, and leaves it alone', async () => {
    await using replica = await waitingReplica();
    await using endpoint = await web(replica.port);
    const pending = sentTo(endpoint.url);
    const response = await replica.arrived;

    expect(await endpoint.proxy.drain('web', 'v1-0', 20)).toBe(false);

    response.end('finished');
    expect(await text(await pending)).toBe('finished');
    expect(await endpoint.proxy.drain('web', 'v1-0', 20_000)).toBe(true);
  });

  test('closes the idle connections to the replica', async () => {
    await using replica = await httpReplica((_, response) => response.end());
    const closed = once(replica.server, 'connection').then(([socket]) => once(socket as net.Socket, 'close'));
    await using endpoint = await web(replica.port);
    await (await fetch(endpoint.url)).arrayBuffer();

    expect(await endpoint.proxy.drain('web', 'v1-0', 20_000)).toBe(true);
    await closed;
  });

  test('closes the connection of a request in flight when it has ended', async () => {
    await using replica = await waitingReplica();
    const closed = once(replica.server, 'connection').then(([socket]) => once(socket as net.Socket, 'close'));
    await using endpoint = await web(replica.port);
    const pending = sentTo(endpoint.url);
    const response = await replica.arrived;
    const draining = endpoint.proxy.drain('web', 'v1-0', 20_000);
    response.end();
    await text(await pending);
    await Promise.all([draining, closed]);
  });

  test('waits for a WebSocket', async () => {
    await using replica = await httpReplica(() => {});
    replica.server.on('upgrade', (_, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
      socket.on('error', () => {}).pipe(socket);
    });
    await using endpoint = await web(replica.port);
    const client = net.connect(endpoint.port, '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    await once(client, 'data');

    expect(await endpoint.proxy.drain('web', 'v1-0', 20)).toBe(false);
    client.write('still there');
    expect(String((await once(client, 'data'))[0])).toBe('still there');
    const draining = endpoint.proxy.drain('web', 'v1-0', 20_000);
    client.destroy();
    expect(await draining).toBe(true);
  });

  test('works for a replica that has already left the route', async () => {
    await using replica = await waitingReplica();
    await using endpoint = await web(replica.port);
    const pending = sentTo(endpoint.url);
    const response = await replica.arrived;
    await endpoint.route({ v1: 100 }, []);

    expect(await endpoint.proxy.drain('web', 'v1-0', 20)).toBe(false);
    response.end('finished');
    expect(await text(await pending)).toBe('finished');
    expect((await endpoint.totals()).v1).toMatchObject({ requests: 1, errors: 0 });
  });

  test('lasts while the replica stays in the route, and ends when it comes back on another port', async () => {
    await using first = await httpReplica((_, response) => response.end('first'));
    await using second = await httpReplica((_, response) => response.end('second'));
    await using endpoint = await web(first.port);
    await endpoint.proxy.drain('web', 'v1-0', 20_000);

    await endpoint.route({ v1: 100 }, [target(first.port)]);
    expect((await fetch(endpoint.url)).status).toBe(503);

    await endpoint.route({ v1: 100 }, [target(second.port)]);
    expect(await (await fetch(endpoint.url)).text()).toBe('second');
  });

  test.each([
    ['web', 'unknown'],
    ['unknown', 'v1-0'],
  ])('of %s/%s, which does not exist, has nothing to wait for', async (deployment, replica) => {
    await using endpoint = await web();
    expect(await endpoint.proxy.drain(deployment, replica, 20_000)).toBe(true);
  });

  test.each([-1, 0.5, Number.NaN])('with a timeout of %p ms is refused', async (timeout) => {
    await using endpoint = await web();
    await expect(endpoint.proxy.drain('web', 'v1-0', timeout)).rejects.toMatchObject({ code: 'InvalidInput' });
  });

  test('under load, replica after replica, no request fails', async () => {
    await using endpoint = await web();
    const replicas = await Promise.all(
      [0, 1, 2, 3].map((index) => httpReplica((_, response) => response.end(`${index}`))),
    );
    await endpoint.route({ v1: 100 }, [target(replicas[0]!.port, 0)]);
    let running = true;
    const statuses: number[] = [];
    const clients = Array.from({ length: 8 }, async () => {
      while (running) {
        const response = await fetch(endpoint.url, { method: 'POST', body: 'x' });
        await response.arrayBuffer();
        statuses.push(response.status);
      }
    });

    for (let next = 1; next < replicas.length; next++) {
      const enough = statuses.length + 50;
      await endpoint.route({ v1: 100 }, [
        target(replicas[next - 1]!.port, next - 1),
        target(replicas[next]!.port, next),
      ]);
      expect(await endpoint.proxy.drain('web', `v1-${next - 1}`, 20_000)).toBe(true);
      await replicas[next - 1]![Symbol.asyncDispose]();
      while (statuses.length < enough) await new Promise((resolve) => setImmediate(resolve));
    }
    running = false;
    await Promise.all(clients);
    await replicas.at(-1)![Symbol.asyncDispose]();

    expect(statuses.length).toBeGreaterThan(150);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });
});
