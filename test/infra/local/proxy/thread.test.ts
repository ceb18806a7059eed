import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { ReverseProxy } from '../../../../infra/local/proxy/index.ts';

const PROGRAM = fileURLToPath(new URL('../../../programs/dyingProxyThread.ts', import.meta.url));

describe('the thread of the proxy', () => {
  test('is started again with its endpoints when it dies', () => {
    const { stdout, stderr } = spawnSync(process.execPath, [PROGRAM], { encoding: 'utf8', timeout: 20_000 });
    expect({ stdout, stderr }).toMatchObject({ stdout: 'v1\n' });
  });

  test('stays ended when it was closed, and says so', async () => {
    const proxy = await ReverseProxy.start({ onSample: () => undefined });
    await proxy.close();
    await expect(proxy.flush()).rejects.toMatchObject({ code: 'Unavailable' });
  });
});
