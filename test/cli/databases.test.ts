import { chmodSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openContent } from '../conformance/databaseContent.ts';
import { Folder } from './cloudlib.ts';

const folder = new Folder();

beforeAll(async () => {
  // Engines run as another user where the tests run as root.
  chmodSync(folder.path, 0o755);
  const { code, stderr } = await folder.run(['start', '--detach', '--port', '0']);
  if (code !== 0) throw new Error(stderr);
});
afterAll(() => folder.remove());

describe('cloudlib database', () => {
  test('makes a database that a client can use with its url, shows it, copies it and deletes it', async () => {
    const made = await folder.run(['database', 'create', 'orders', '--engine', 'postgresql', '--retention', '0']);
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^✔ orders is there: PostgreSQL at 127/) });

    const { stdout: url } = await folder.run(['database', 'url', 'orders']);
    const content = await openContent(url.trim());
    await content.put('made', 'by the command');
    expect(await content.get('made')).toBe('by the command');
    await content.close();

    const { stdout: table } = await folder.run(['database', 'status']);
    expect(table).toMatch(/^orders +PostgreSQL \d+ +Available +127\.0\.0\.1:\d+ +\d+s ago$/m);
    const { value } = await folder.json(['database', 'status', 'orders']);
    expect(value).toMatchObject({ identifier: 'orders', status: { kind: 'Available' } });

    expect((await folder.run(['database', 'snapshot', 'orders', 'before'])).stdout).toBe('✔ before is there\n');
    const { stdout: snapshots } = await folder.run(['database', 'snapshots', 'orders']);
    expect(snapshots).toMatch(/^before +orders +manual +Available/m);
    expect((await folder.run(['database', 'logs', 'orders'])).stdout).toMatch(/ready to accept connections/);

    const deleted = await folder.run(['database', 'delete', 'orders', '--skip-final-snapshot']);
    expect(deleted).toMatchObject({ code: 0, stdout: '✔ orders is deleted\n' });
  }, 60_000);

  test.each([
    [['database', 'status', 'nobody'], 3, /there is no database "nobody"/],
    [['database', 'create', 'Orders'], 2, /name/],
    [['database', 'create', 'orders', '--engine', 'abacus'], 2, /there is no engine "abacus"; there are PostgreSQL/],
    [['database', 'create', 'orders', '--engine-version', '0.1'], 2, /PostgreSQL 0\.1 is asked for, and PostgreSQL \d/],
  ] as const)('%j is refused with exit code %i', async (parameters, code, message) => {
    const run = await folder.run([...parameters]);
    expect(run).toMatchObject({ code, stderr: expect.stringMatching(message) });
  });
});
