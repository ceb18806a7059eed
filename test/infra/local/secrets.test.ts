import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Secrets } from '../../../infra/local/secrets.ts';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'cloudlib-secrets-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('a secret that the host keeps', () => {
  test('is read again by the next host, and by nobody else on the machine', () => {
    new Secrets(directory, {}).write('database/orders', 'first');
    const file = join(directory, 'secrets', 'database', 'orders');
    expect(new Secrets(directory, {}).read('database/orders')).toBe('first');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'secrets', 'database')).mode & 0o777).toBe(0o700);
  });

  test('is replaced as a whole', () => {
    const secrets = new Secrets(directory, {});
    secrets.write('database/orders', 'a longer value that was there before');
    secrets.write('database/orders', 'second');
    expect(secrets.read('database/orders')).toBe('second');
    expect(readdirSync(join(directory, 'secrets', 'database'))).toEqual(['orders']);
  });

  test('is none when it was never written, or has been removed', () => {
    const secrets = new Secrets(directory, {});
    expect(secrets.find('database/orders')).toBeUndefined();
    secrets.write('database/orders', 'value');
    secrets.remove('database/orders');
    secrets.remove('database/orders');
    expect(secrets.find('database/orders')).toBeUndefined();
  });

  test('gives way to a variable of the environment', () => {
    const secrets = new Secrets(directory, { CLOUDLIB_SECRET_DATABASE_ORDERS: 'chosen' });
    secrets.write('database/orders', 'made');
    expect(secrets.find('database/orders')).toBe('chosen');
  });

  test.each(['../outside', '/etc/passwd', 'a/../../b', ''])(
    'is refused under the name %j, and nothing is written',
    (name) => {
      const secrets = new Secrets(directory, {});
      const refusal = expect.objectContaining({ code: 'InvalidInput' });
      expect(() => secrets.write(name, 'value')).toThrow(refusal);
      expect(() => secrets.find(name)).toThrow(refusal);
      expect(() => secrets.remove(name)).toThrow(refusal);
      expect(existsSync(join(directory, 'secrets'))).toBe(false);
    },
  );
});
