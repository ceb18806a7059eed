import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { catalog } from '../../../functions/catalog.ts';
import { type DatabaseConfigInput, DatabaseService } from '../../../functions/database/index.ts';
import { knownEvents } from '../../../infra/local/bus/knownEvents.ts';
import { LocalHost } from '../../../infra/local/host.ts';
import { local } from '../../../shared/provider.ts';
import { impossibilities } from '../../../shared/semantics/patterns/index.ts';
import { openContent } from '../../conformance/databaseContent.ts';
import { roomyFolder } from '../../roomyFolder.ts';

let directory: string;
let host: LocalHost;
let databases: DatabaseService;

const config: DatabaseConfigInput = {
  engine: { kind: 'PostgreSQL', version: '18' },
  version: '18',
  instanceClass: 'db.t4g.micro',
  allocatedStorage: 20,
  encryption: false,
  backupRetention: 1,
};

beforeAll(async () => {
  directory = mkdtempSync(join(roomyFolder(), 'cloudlib-service-'));
  host = await LocalHost.start({ directory });
  databases = new DatabaseService(local(), { host: async () => host });
});
afterAll(async () => {
  await host.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The statuses of an instance as the bus was told of them, up to its deletion. */
async function statusesOf(instance: string): Promise<string[]> {
  const statuses: string[] = [];
  for await (const { event } of host.events({ cursor: 0 })) {
    if (event.type !== 'cloudlib.database.status' || event.subject !== instance) continue;
    const { status } = event.data as { status: string };
    const pattern = { type: [event.type], data: { instance: [instance], status: [status] } };
    expect(impossibilities(pattern, knownEvents(catalog))).toEqual([]);
    statuses.push(status);
    if (status === 'Deleted') break;
  }
  return statuses;
}

describe('the database service', () => {
  test('resolves each change when it has come to its end', async () => {
    const instance = await databases.createInstance('orders', config);
    expect(instance).toMatchObject({ identifier: 'orders', status: { kind: 'Available' } });
    expect(await databases.testConnection('orders')).toBe(true);
    const content = await openContent(await databases.getConnectionString('orders'));
    await content.put('kept', 'yes');
    await content.close();

    expect(await databases.createSnapshot('orders', 'before')).toMatchObject({ status: 'Available' });
    await databases.stopInstance('orders');
    expect(await databases.testConnection('orders')).toBe(false);
    await databases.startInstance('orders');
    await databases.rebootInstance('orders');
    expect((await databases.modifyInstance('orders', { ...config, backupRetention: 2 })).backupRetention).toBe(2);

    const restored = await databases.restoreFromSnapshot('before', 'copy', config);
    expect(restored.status).toEqual({ kind: 'Available' });
    const copy = await openContent(await databases.getConnectionString('copy'));
    expect(await copy.get('kept')).toBe('yes');
    await copy.close();

    const [start, end] = [new Date(0), new Date(Date.now() + 60_000)];
    for await (const sample of databases.getInstanceMetrics('orders', ['DatabaseSize'], start, end)) {
      expect(sample).toMatchObject({ name: 'DatabaseSize', unit: 'Bytes' });
    }
    expect((await databases.getInstanceLogs('orders', 'postgresql', start, end)).length).toBeGreaterThan(0);

    await databases.deleteInstance('copy', true);
    await databases.deleteInstance('orders');
    const snapshots = (await databases.listSnapshots('orders')).map(({ identifier }) => identifier);
    expect(snapshots).toEqual(['before', expect.stringMatching(/^orders-final-\d{14}$/)]);
    await databases.deleteSnapshot('before');
    await expect(databases.testConnection('orders')).rejects.toMatchObject({ code: 'DatabaseError.InstanceNotFound' });
  });

  test('tells the bus of each status, once', async () => {
    expect(await statusesOf('copy')).toEqual(['Creating', 'Available', 'Deleting', 'Deleted']);
  });

  test('rejects with the reason when an instance cannot become what is waited for', async () => {
    await expect(databases.createInstance('other', { ...config, encryption: true })).rejects.toMatchObject({
      code: 'Unimplemented',
      details: { capability: 'encryption' },
    });
    await expect(databases.createInstance('Other', config)).rejects.toMatchObject({ code: 'InvalidInput' });
  });

  test('keeps the password as a secret that nobody else may read, until the instance is deleted', async () => {
    await databases.createInstance('guarded', { ...config, backupRetention: 0 });
    const { connected } = (await host.invoke('database.testConnection', { name: 'guarded' })) as { connected: boolean };
    expect(connected).toBe(true);
    const file = join(directory, 'secrets', 'database', 'guarded');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const url = new URL(await databases.getConnectionString('guarded'));
    expect(await host.secret('database/guarded')).toBe(decodeURIComponent(url.password));
    await databases.deleteInstance('guarded', true);
    await expect(host.secret('database/guarded')).rejects.toMatchObject({ code: 'NotFound' });
  });
});
