import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { describe, expect, test } from '@jest/globals';
import { ReverseProxy } from '../../../../infra/local/proxy/index.ts';
import { eventually } from '../../../eventually.ts';
import { httpReplica } from './servers.ts';

describe('the thread of the proxy', () => {
  test('is started again with its endpoints when it dies', async () => {
    await using replica = await httpReplica((_, response) => response.end('v1'));
    const made = once(process, 'worker') as Promise<[Worker]>;
    const proxy = await ReverseProxy.start({ onSample: () => undefined });
    const targets = [{ revision: 'v1', replica: 'a', port: replica.port }];
    const { port } = await proxy.setRoute({ deployment: 'app', port: 0, weights: { v1: 100 }, targets });
    const [worker] = await made;
    await worker.terminate();
    await eventually(async () => {
      const answer = await fetch(`http://127.0.0.1:${port}`, { headers: { connection: 'close' } }).catch(
        () => undefined,
      );
      expect(await answer?.text()).toBe('v1');
    });
    await proxy.close();
    await expect(proxy.flush()).rejects.toMatchObject({ code: 'Unavailable' });
  });
});
