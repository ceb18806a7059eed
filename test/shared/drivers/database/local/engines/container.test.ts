import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkConfiguration } from '../../../../../../shared/drivers/database/local/configuration.ts';
import type { Node } from '../../../../../../shared/drivers/database/local/engines/engine.ts';
import { mongodb } from '../../../../../../shared/drivers/database/local/engines/mongodb.ts';
import { DatabaseConfig } from '../../../../../../shared/types/database.ts';

let place: string;
let node: Node;

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), 'cloudlib-container-'));
  const program = join(place, 'engine');
  writeFileSync(program, '#!/bin/sh\nfor part in "$@"; do printf "%s\\n" "$part"; done >> calls\necho >> calls\n');
  chmodSync(program, 0o755);
  node = {
    installation: { program, version: 'any', container: true },
    account: { name: 'somebody', uid: 1001, gid: 1002 },
    directory: place,
    data: join(place, 'data'),
    port: 40_123,
    version: '8.0',
    cache: 32,
    archive: undefined,
    adminPassword: 'never to be seen',
  };
});
afterEach(() => rmSync(place, { recursive: true, force: true }));

/** What a container engine is told when the command of a node is run. */
function calls(): string[][] {
  const [program, ...parameters] = mongodb.command(node);
  execFileSync(program!, parameters, { cwd: place });
  const text = readFileSync(join(place, 'calls'), 'utf8').trimEnd();
  return text.split('\n\n').map((call) => call.split('\n'));
}

describe('MongoDB in a container', () => {
  test('takes the place of one that an earlier host left, and listens on the loopback alone', () => {
    const [remove, run] = calls();
    const name = expect.stringMatching(/^cloudlib-[0-9a-f]{16}$/);
    expect(remove).toEqual(['rm', '--force', name]);
    expect(run).toEqual([
      ...['run', '--name', name, '--rm', '--init', '--user', '1001:1002'],
      ...['--publish', '127.0.0.1:40123:27017', '--volume', `${node.data}:/data/db`],
      ...['--env', 'MONGO_INITDB_ROOT_USERNAME', '--env', 'MONGO_INITDB_ROOT_PASSWORD'],
      'docker.io/library/mongo:8.0',
    ]);
    expect(run![2]).toBe(remove![2]);
  });

  test('is told its password by the environment, never by arguments', () => {
    expect(JSON.stringify(mongodb.command(node))).not.toContain(node.adminPassword);
    expect(mongodb.environment?.(node)).toMatchObject({ MONGO_INITDB_ROOT_PASSWORD: node.adminPassword });
  });

  test.each(['--privileged', '8.0 --privileged', '', 'a'.repeat(200)])('has no version %j', (version) => {
    const config = DatabaseConfig.safeParse({
      engine: { kind: 'MongoDB', version: version || ' ' },
      version: version || ' ',
      instanceClass: 'db.t4g.micro',
      allocatedStorage: 1,
      encryption: false,
    });
    expect(() => checkConfiguration('orders', config.data!, mongodb, node.installation)).toThrow(
      expect.objectContaining({ code: 'DatabaseError.InvalidConfiguration' }),
    );
  });
});
