import { describe, expect, test } from '@jest/globals';
import { capabilities } from '../../../../shared/drivers/capabilities.ts';
import type { LocalDatabase } from '../../../../shared/drivers/database/local/index.ts';
import { DATABASE_GATES, type DatabasePort } from '../../../../shared/drivers/database/port.ts';
import { multi } from '../../../../shared/multi.ts';
import { DatabaseConfig } from '../../../../shared/types/database.ts';

const { parameterGroup: _, ...config } = DatabaseConfig.parse({
  engine: { kind: 'PostgreSQL', version: '18' },
  version: '18',
  instanceClass: 'db.t4g.micro',
  allocatedStorage: 20,
});

/** A driver that answers every call with the name of the method. */
function driverWith<const Declared extends keyof typeof DATABASE_GATES>(declared: Declared[]) {
  const answers = new Proxy({} as Omit<DatabasePort, 'capabilities'>, { get: (_target, name) => async () => name });
  return new Proxy(answers, {
    get: (target, name) =>
      name === 'capabilities' ? capabilities(DATABASE_GATES, declared) : Reflect.get(target, name),
  }) as Omit<DatabasePort, 'capabilities'> & {
    capabilities: ReturnType<typeof capabilities<typeof DATABASE_GATES, Declared>>;
  };
}

describe('databases of several providers as one', () => {
  const full = driverWith(['pointInTime', 'parameterGroups']);
  const plain = driverWith(['pointInTime']);
  const least = driverWith([]);

  test('have what all of them declare', async () => {
    expect([...multi(full, plain).capabilities]).toEqual(['pointInTime']);
    expect(await multi(full, plain).restoreToTime('orders', 'copy', config)).toBe('restoreToTime');
  });

  test('have no method that one of them lacks: it does not compile, and is refused', async () => {
    // @ts-expect-error
    await expect(multi(full, least).restoreToTime('orders', 'copy', config)).rejects.toMatchObject({
      code: 'Unimplemented',
      details: { capability: 'pointInTime' },
    });
  });

  test('have no option that one of them lacks: it does not compile, and is refused', async () => {
    expect(await full.create('orders', { ...config, parameterGroup: 'settings' })).toBe('create');
    // @ts-expect-error
    await expect(multi(full, plain).create('orders', { ...config, parameterGroup: 'settings' })).rejects.toMatchObject({
      code: 'Unimplemented',
      details: { capability: 'parameterGroups' },
    });
  });

  test('may have the one of this machine among them', () => {
    const together = (local: LocalDatabase) => multi(local, plain);
    type Together = ReturnType<typeof together>;
    const method: keyof Together = 'restoreToTime';
    // @ts-expect-error: the other one has no standby
    const capability: Parameters<NonNullable<Together['capabilities']['declares']>>[0] = 'standby';
    expect([method, capability]).toEqual(['restoreToTime', 'standby']);
  });
});
