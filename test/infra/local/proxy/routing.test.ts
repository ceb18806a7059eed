import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';
import { ReverseProxy } from '../../../../infra/local/proxy/index.ts';
import { httpReplica, rawReplica, target, web } from './servers.ts';

async function answersOf(port: number, requests: number): Promise<Record<string, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: 20 });
  const counts: Record<string, number> = {};
  const one = async (): Promise<void> => {
    const [response] = (await once(get({ host: '127.0.0.1', port, agent }), 'response')) as [IncomingMessage];
    const name = await text(response);
    counts[name] = (counts[name] ?? 0) + 1;
  };
  await Promise.all(Array.from({ length: requests }, one));
  agent.destroy();
  return counts;
}

describe('routes', () => {
  test.each([
    [
      { v1: 90, v2: 10 },
      { v1: 900, v2: 100 },
    ],
    [
      { v1: 66.6, v2: 33.4 },
      { v1: 666, v2: 334 },
    ],
    [
      { v1: 99, v2: 1 },
      { v1: 990, v2: 10 },
    ],
    [
      { v1: 0, v2: 100 },
      { v1: 0, v2: 1000 },
    ],
  ])('of 1,000 requests the weights %j are kept to 1 %%', async (weights, expected) => {
    await using v1 = await httpReplica((_, response) => response.end('v1'));
    await using v2 = await httpReplica((_, response) => response.end('v2'));
    await using endpoint = await web();
    await endpoint.route(weights, [target(v1.port), { revision: 'v2', replica: 'v2-0', port: v2.port }]);

    const counts = await answersOf(endpoint.port, 1_000);

    expect(Math.abs((counts.v1 ?? 0) - expected.v1)).toBeLessThanOrEqual(10);
    expect(Math.abs((counts.v2 ?? 0) - expected.v2)).toBeLessThanOrEqual(10);
  });

  test('the replicas of a revision share its requests', async () => {
    await using one = await httpReplica((_, response) => response.end('one'));
    await using two = await httpReplica((_, response) => response.end('two'));
    await using endpoint = await web(one.port, two.port);

    const counts = await answersOf(endpoint.port, 200);

    expect(counts.one).toBeGreaterThan(60);
    expect(counts.two).toBeGreaterThan(60);
  });

  test('a revision with weight and no replica passes its share on', async () => {
    await using v1 = await httpReplica((_, response) => response.end('v1'));
    await using endpoint = await web();
    await endpoint.route({ v1: 10, v2: 90 }, [target(v1.port)]);

    expect(await answersOf(endpoint.port, 20)).toEqual({ v1: 20 });
  });

  test('without a replica of a weighted revision the answer is 503 with a reason and Retry-After', async () => {
    await using v1 = await httpReplica((_, response) => response.end('v1'));
    await using endpoint = await web();
    await endpoint.route({ v2: 100 }, [target(v1.port)]);

    const response = await fetch(endpoint.url);

    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    expect(await response.json()).toEqual({
      error: { code: 'Unavailable', message: expect.stringContaining('no replica that is ready') },
    });
    expect(await endpoint.totals()).toEqual({});
  });

  test('the port stays the same while weights and targets change', async () => {
    await using endpoint = await web();
    const again = await endpoint.route({ v2: 100 }, []);
    const named = await endpoint.proxy.setRoute({ deployment: 'web', port: endpoint.port, weights: {}, targets: [] });
    expect([again.port, named.port]).toEqual([endpoint.port, endpoint.port]);
  });

  test('an endpoint does not move to another port', async () => {
    await using endpoint = await web();
    const moved = endpoint.proxy.setRoute({ deployment: 'web', port: endpoint.port - 1, weights: {}, targets: [] });
    await expect(moved).rejects.toMatchObject({
      code: 'Conflict',
      message: expect.stringContaining('remove its route'),
    });
  });

  test('a taken port is an error that names it, and the deployment can be given another one', async () => {
    await using taken = await rawReplica(() => {});
    await using endpoint = await web();
    const route = { deployment: 'api', port: taken.port, weights: {}, targets: [] };

    await expect(endpoint.proxy.setRoute(route)).rejects.toMatchObject({
      code: 'DeploymentError.ResourceNotAvailable',
      message: expect.stringContaining(`port ${taken.port} is taken`),
    });
    expect((await endpoint.proxy.setRoute({ ...route, port: 0 })).port).toBeGreaterThan(0);
  });

  test('two routes of one deployment at the same time open one endpoint', async () => {
    await using endpoint = await web();
    const route = { deployment: 'api', port: 0, weights: {}, targets: [] };
    const [first, second] = await Promise.all([endpoint.proxy.setRoute(route), endpoint.proxy.setRoute(route)]);
    expect(first).toEqual(second);
  });

  test('removing a route frees its port and ends its connections', async () => {
    await using replica = await httpReplica((_, response) => response.write('begun'));
    await using endpoint = await web(replica.port);
    const response = await fetch(endpoint.url);
    await endpoint.proxy.removeRoute('web');

    await expect(response.text()).rejects.toThrow();
    await expect(fetch(endpoint.url)).rejects.toThrow();
    expect(await endpoint.proxy.setRoute({ deployment: 'new', port: endpoint.port, weights: {}, targets: [] })).toEqual(
      {
        port: endpoint.port,
      },
    );
  });

  test('removing a route that does not exist changes nothing', async () => {
    await using endpoint = await web();
    await endpoint.proxy.removeRoute('unknown');
    expect((await fetch(endpoint.url)).status).toBe(503);
  });

  test.each([
    [{ port: 70_000 }, 'port'],
    [{ weights: { v1: -1 } }, 'weights.v1'],
    [{ weights: { v1: Number.NaN } }, 'weights.v1'],
    [{ targets: [{ revision: 'v1', replica: 'a', port: 0 }] }, 'targets[0].port'],
    [{ targets: [target(1), target(2)] }, 'targets'],
    [{ deployment: '' }, 'deployment'],
  ])('the route %j is refused with its place', async (change, place) => {
    await using endpoint = await web();
    const route = { deployment: 'api', port: 0, weights: {}, targets: [], ...change };
    await expect(endpoint.proxy.setRoute(route)).rejects.toMatchObject({
      code: 'InvalidInput',
      details: { issues: [{ path: place }] },
    });
  });

  test('a closed proxy refuses calls instead of leaving them open', async () => {
    const proxy = await ReverseProxy.start({ onSample: () => {} });
    await proxy.close();
    await expect(proxy.flush()).rejects.toMatchObject({ code: 'Unavailable' });
    await expect(proxy.close()).resolves.toBeUndefined();
  });
});

describe('samples', () => {
  test('count requests, 5xx answers and latencies of each revision', async () => {
    await using good = await httpReplica((_, response) => response.end());
    await using bad = await httpReplica((_, response) => response.writeHead(500).end());
    await using endpoint = await web();
    await endpoint.route({ v1: 50, v2: 50 }, [target(good.port), { revision: 'v2', replica: 'v2-0', port: bad.port }]);

    await answersOf(endpoint.port, 20);

    expect(await endpoint.totals()).toEqual({
      v1: { requests: 10, errors: 0, latencies: 10 },
      v2: { requests: 10, errors: 10, latencies: 10 },
    });
    for (const { deployment, second } of endpoint.samples) {
      expect(deployment).toBe('web');
      expect(Math.abs(second - Date.now() / 1_000)).toBeLessThan(30);
    }
  });

  test('come by themselves within two seconds, and only with traffic', async () => {
    await using replica = await httpReplica((_, response) => response.end());
    const { promise: sampled, resolve } = Promise.withResolvers<number>();
    const proxy = await ReverseProxy.start({ onSample: ([sample]) => resolve(sample!.requests) });
    const route = { deployment: 'web', port: 0, weights: { v1: 100 }, targets: [target(replica.port)] };
    const { port } = await proxy.setRoute(route);

    await answersOf(port, 1);

    expect(await sampled).toBe(1);
    await proxy.close();
  });

  test('measure a slow answer to its last byte', async () => {
    await using replica = await httpReplica((_, response) => {
      response.write('first');
      setTimeout(() => response.end('last'), 120);
    });
    await using endpoint = await web(replica.port);

    await answersOf(endpoint.port, 1);
    await endpoint.totals();

    expect(endpoint.samples[0]!.latency.percentile(50)).toBeGreaterThan(100);
  });
});
