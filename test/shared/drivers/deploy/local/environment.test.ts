import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { author } from '../../../../../shared/core/validation.ts';
import { programOf } from '../../../../../shared/drivers/deploy/local/program.ts';
import { type Artifact, DeploymentConfig } from '../../../../../shared/types/deploy.ts';
import { eventually } from '../../../../eventually.ts';
import { create, Machine, programPath } from './machine.ts';

let machine: Machine;

beforeEach(() => {
  machine = new Machine();
});
afterEach(() => machine.end());

const config = (more: object = {}) =>
  author(DeploymentConfig, { name: 'app', version: '1', ...more }, 'config of a test');
const replica = { id: 'replica', port: 4_711 };
const code = { name: 'server.mjs', type: 'Code', path: programPath('server.mjs') } as const;

describe('the environment of a replica', () => {
  test('holds its secrets, which stand in no file, no log and no row', async () => {
    const SECRET = 'correct horse battery staple';
    const driver = await machine.start({ secret: async (name) => (name === 'api-key' ? SECRET : 'another one') });
    const secrets = [{ name: 'api-key', environmentVariable: 'API_KEY' }];
    await create(driver, { config: { secrets } });
    await driver.scale('app', 'v1', 1);
    const [answer] = await eventually(async () => {
      const request = { method: 'GET', path: '/environment/API_KEY', expectStatus: 200, tolerance: 0 } as const;
      const answers = await driver.probe('app', 'v1', [request]);
      expect(answers).toMatchObject([{ status: 200 }]);
      return answers;
    });
    expect(answer).toMatchObject({ body: { variable: SECRET } });
    machine.database.exec('pragma wal_checkpoint');
    const files = readdirSync(machine.directory, { recursive: true, withFileTypes: true }).filter((file) =>
      file.isFile(),
    );
    expect(files.length).toBeGreaterThan(4);
    for (const { parentPath, name } of files) {
      expect(readFileSync(join(parentPath, name)).includes(SECRET)).toBe(false);
    }
  });

  test('does not hold the variables of the host', async () => {
    process.env.CLOUDLIB_TEST_OF_THE_HOST = 'here';
    const driver = await machine.start();
    await create(driver);
    await driver.scale('app', 'v1', 1);
    const path = '/environment/CLOUDLIB_TEST_OF_THE_HOST';
    await eventually(async () => {
      const answers = await driver.probe('app', 'v1', [{ method: 'GET', path, expectStatus: 200, tolerance: 0 }]);
      expect(answers).toMatchObject([{ body: { path } }]);
      expect(answers).not.toMatchObject([{ body: { variable: 'here' } }]);
    });
    delete process.env.CLOUDLIB_TEST_OF_THE_HOST;
  });

  test('says where data and configuration are, and how many cores are reserved', () => {
    const resources = {
      cpu: { min: 1_500, units: { kind: 'CPU', unit: 'MilliCores' } },
      memory: { min: 1, units: { kind: 'Memory', unit: 'GB' } },
      disk: { min: 1, units: { kind: 'Storage', unit: 'GB' } },
    };
    const words = { name: 'words.txt', type: 'Data', path: '/store/words.txt' } as const;
    const { command, environment } = programOf(config({ resources, envVars: { A: 'b' } }), [code, words], replica);
    expect(command).toEqual([process.execPath, code.path]);
    expect(environment).toEqual({
      A: 'b',
      PORT: '4711',
      CLOUDLIB_CPU: '1.5',
      CLOUDLIB_ARTIFACT_SERVER_MJS: code.path,
      CLOUDLIB_ARTIFACT_WORDS_TXT: '/store/words.txt',
    });
  });

  test('of a container names its secrets, and its own port inside', () => {
    const image = { name: 'image', type: 'Container', image: 'registry.example/app:1', engine: 'docker' } as const;
    const secrets = [{ name: 'api-key', environmentVariable: 'API_KEY' }];
    const { command } = programOf(config({ secrets, networking: { port: 80 } }), [image], replica);
    expect(command.slice(0, 3)).toEqual(['docker', 'run', '--rm']);
    expect(command.join(' ')).toContain('--publish 127.0.0.1:4711:80');
    expect(command.join(' ')).toContain('--env PORT=80');
    expect(command.join(' ')).toContain('--env API_KEY');
    expect(command.at(-1)).toBe('registry.example/app:1');
  });
});

describe('a deployment with nothing to run', () => {
  test('is refused with what to add', () => {
    expect(() => programOf(config(), [], replica)).toThrow(
      'deployment "app": it has nothing to run; add an artifact of type Model, Code or Container',
    );
  });

  test('is refused when its folder has no entry', () => {
    const folder = { name: 'folder', type: 'Code', path: machine.directory } as const;
    expect(() => programOf(config(), [folder], replica)).toThrow(/artifact "folder": there is no index.js in it/);
  });
});

describe('what this machine does not do', () => {
  const artifacts: Artifact[] = [];

  test('is refused: a version of a secret', async () => {
    const secrets = [{ name: 'api-key', environmentVariable: 'API_KEY', version: '2' }];
    const spec = { deployment: 'app', revision: 'r', config: config({ secrets }), artifacts };
    await expect(machine.driver().createRevision(spec)).rejects.toMatchObject({ code: 'Unimplemented' });
  });

  test('is refused: a port of its own for a process', async () => {
    const spec = { deployment: 'app', revision: 'r', config: config({ networking: { port: 80 } }), artifacts };
    await expect(machine.driver().createRevision(spec)).rejects.toMatchObject({
      code: 'DeploymentError.ConfigurationInvalid',
      message: expect.stringContaining('PORT'),
    });
  });
});
