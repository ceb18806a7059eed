import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ArtifactStore, digestOf } from '../../../../../shared/drivers/deploy/local/artifacts.ts';
import { askContainerEngines } from '../../../../../shared/drivers/deploy/local/containerEngine.ts';
import { LocalStorage } from '../../../../../shared/drivers/storage/local/index.ts';
import type { Artifact } from '../../../../../shared/types/deploy.ts';
import { BucketConfig } from '../../../../../shared/types/storage.ts';
import { eventually } from '../../../../eventually.ts';
import { create, Machine, programPath } from './machine.ts';

let machine: Machine;
let store: ArtifactStore;

beforeEach(() => {
  machine = new Machine();
  store = new ArtifactStore({
    directory: join(machine.directory, 'store'),
    secret: async (name) => `value of ${name}`,
    largestDownload: 1_000,
  });
});
afterEach(() => machine.end());

const sha256 = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

function source(name: string, text: string): string {
  const path = join(machine.directory, name);
  writeFileSync(path, text);
  return path;
}

const local = (path: string, more: Partial<Artifact> = {}): Artifact => ({
  name: 'artifact',
  type: 'Data',
  source: { kind: 'Local', path },
  metadata: {},
  ...more,
});

/** Fetches an artifact; the answer is where replicas find it. */
async function keep(artifact: Artifact): Promise<string> {
  const resolved = await store.resolve(await store.fetch(artifact));
  return (resolved as { path: string }).path;
}

const stored = (): string[] => readdirSync(join(machine.directory, 'store'));

describe('a local artifact', () => {
  test('is kept by its checksum and cannot be written', async () => {
    const fetched = await store.fetch(local(source('words.txt', 'one two')));
    expect(fetched.checksum).toBe(sha256('one two'));
    const { path } = (await store.resolve(fetched)) as { path: string };
    expect(readFileSync(path, 'utf8')).toBe('one two');
    expect(statSync(path).mode & 0o777).toBe(0o444);
  });

  test('that is a program stays one', async () => {
    const path = source('tool', '#!/bin/sh\n');
    chmodSync(path, 0o755);
    expect(statSync(await keep(local(path))).mode & 0o777).toBe(0o555);
  });

  test('that is a folder is kept with all that is in it, and has a checksum of all of it', async () => {
    const folder = join(machine.directory, 'folder');
    mkdirSync(join(folder, 'inner'), { recursive: true });
    source('folder/a.txt', 'a');
    source('folder/inner/b.txt', 'b');
    const path = await keep(local(folder));
    expect(readFileSync(join(path, 'inner', 'b.txt'), 'utf8')).toBe('b');
    expect(statSync(join(path, 'inner', 'b.txt')).mode & 0o777).toBe(0o444);
    const before = await digestOf(folder);
    source('folder/inner/b.txt', 'c');
    expect(await digestOf(folder)).not.toBe(before);
  });

  test('keeps its file name beside another one with the same content', async () => {
    expect(await keep(local(source('program.cjs', 'same')))).toMatch(/program\.cjs$/);
    expect(await keep(local(source('program.mjs', 'same')))).toMatch(/program\.mjs$/);
    expect(stored()).toHaveLength(1);
  });

  test('is kept once when it is fetched several times at the same time', async () => {
    const artifact = local(source('words.txt', 'one'));
    await Promise.all(Array.from({ length: 8 }, () => store.fetch(artifact)));
    expect(stored()).toEqual([sha256('one').replace('sha256:', '')]);
  });

  test('of which another checksum was expected is not kept', async () => {
    const artifact = local(source('words.txt', 'one'), { checksum: sha256('two') });
    await expect(store.fetch(artifact)).rejects.toMatchObject({
      code: 'DeploymentError.ChecksumMismatch',
      message: expect.stringContaining(`its checksum is ${sha256('one')}, but ${sha256('two')} was expected`),
    });
    expect(stored()).toEqual([]);
  });

  test('that was not fetched cannot be resolved', async () => {
    const artifact = local('words.txt', { checksum: sha256('never') });
    await expect(store.resolve(artifact)).rejects.toThrow('artifact "artifact": it was not fetched to this machine');
  });
});

describe('a revision', () => {
  test('runs the copy of its artifact that it was created with, whatever became of the file', async () => {
    const path = source('program.mjs', readFileSync(programPath('server.mjs'), 'utf8'));
    const driver = await machine.start();
    const program: Artifact = { name: 'program', type: 'Code', source: { kind: 'Local', path }, metadata: {} };
    await create(driver, { artifact: program });
    writeFileSync(path, 'throw new Error("changed")');
    await driver.scale('app', 'v1', 1);
    await eventually(async () => expect(await driver.health('app', 'v1')).toMatchObject({ ready: 1 }));
  });
});

describe('a remote artifact', () => {
  let server: Server;
  let origin: string;
  let answer: (request: IncomingMessage, response: ServerResponse) => void;

  beforeAll(async () => {
    server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const remote = (path: string, more: Partial<Artifact> = {}, credential?: string): Artifact => ({
    name: 'model',
    type: 'Model',
    source: { kind: 'Remote', url: `${origin}${path}`, ...(credential && { credential }) },
    metadata: {},
    ...more,
  });

  test('is fetched, verified and kept under the name in its URL', async () => {
    answer = (_request, response) => response.end('weights');
    const path = await keep(remote('/models/model.onnx?version=3', { checksum: sha256('weights') }));
    expect(path).toMatch(/\/model\.onnx$/);
    expect(readFileSync(path, 'utf8')).toBe('weights');
  });

  test('that is in the store already is not fetched again', async () => {
    answer = (_request, response) => response.end('weights');
    const fetched = await store.fetch(remote('/model.onnx'));
    answer = (_request, response) => response.writeHead(500).end();
    expect(await store.fetch(fetched)).toEqual(fetched);
  });

  test('with another checksum is refused with both and not kept', async () => {
    answer = (_request, response) => response.end('weights');
    await expect(store.fetch(remote('/model.onnx', { checksum: sha256('others') }))).rejects.toMatchObject({
      code: 'DeploymentError.ChecksumMismatch',
      details: { artifact: 'model', expected: sha256('others'), actual: sha256('weights') },
    });
    expect(stored()).toEqual([]);
  });

  test('is asked for with the secret that it names, as a bearer token', async () => {
    const seen: (string | undefined)[] = [];
    answer = (request, response) => {
      seen.push(request.headers.authorization);
      response.end('weights');
    };
    await store.fetch(remote('/model.onnx', {}, 'registry-token'));
    await store.fetch(remote('/other.onnx'));
    expect(seen).toEqual(['Bearer value of registry-token', undefined]);
  });

  test.each([
    ['that is not there', 404, 'the server answered 404'],
    ['that is refused', 401, 'the server answered 401'],
  ])('%s is an error with the status', async (_what, status, reason) => {
    answer = (_request, response) => response.writeHead(status).end('no');
    await expect(store.fetch(remote('/model.onnx'))).rejects.toMatchObject({
      code: 'DeploymentError.ArtifactNotFound',
      message: `artifact "model": could not fetch ${origin}/model.onnx: ${reason}`,
    });
  });

  test('that is larger than the limit is given up and not kept', async () => {
    answer = (_request, response) => response.end('x'.repeat(1_001));
    await expect(store.fetch(remote('/model.onnx'))).rejects.toMatchObject({
      code: 'DeploymentError.ArtifactNotFound',
      message: expect.stringContaining('it is larger than the limit of 1000 bytes'),
    });
    expect(stored()).toEqual([]);
    answer = (_request, response) => response.end('x'.repeat(1_000));
    await store.fetch(remote('/model.onnx'));
  });

  test('whose answer breaks off is not kept', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '500' });
      response.write('half');
      setImmediate(() => response.destroy());
    };
    await expect(store.fetch(remote('/model.onnx'))).rejects.toMatchObject({
      code: 'DeploymentError.ArtifactNotFound',
    });
    expect(stored()).toEqual([]);
  });

  test('whose server does not answer is an error that says why, without the signature in the URL', async () => {
    answer = (request) => request.destroy();
    await expect(store.fetch(remote('/model.onnx?signature=hidden'))).rejects.toMatchObject({
      message: `artifact "model": could not fetch ${origin}/model.onnx: other side closed`,
    });
  });
});

describe('an artifact from object storage', () => {
  const artifact = (key: string, more: Partial<Artifact> = {}): Artifact =>
    local('', { source: { kind: 'Storage', bucket: 'models', key }, ...more });
  let objects: LocalStorage;
  let withObjects: ArtifactStore;

  beforeEach(async () => {
    objects = await LocalStorage.open({ directory: join(machine.directory, 'objects') });
    await objects.createBucket('models', BucketConfig.decode({}));
    const directory = join(machine.directory, 'store');
    withObjects = new ArtifactStore({ directory, secret: async () => '', objects, largestDownload: 1_000 });
  });
  afterEach(() => objects.close());

  const put = (key: string, content: string): Promise<unknown> =>
    objects.putObject('models', key, Buffer.from(content));

  test('is fetched once, under the name that its key ends with, and found by its checksum from then on', async () => {
    await put('sentiment/2.onnx', 'the model');
    const fetched = await withObjects.fetch(artifact('sentiment/2.onnx'));
    expect(fetched.checksum).toBe(sha256('the model'));
    await objects.deleteObject('models', 'sentiment/2.onnx');
    expect(await withObjects.fetch(fetched)).toEqual(fetched);
    const { path } = (await withObjects.resolve(fetched)) as { path: string };
    expect([path.endsWith('/2.onnx'), readFileSync(path, 'utf8')]).toEqual([true, 'the model']);
  });

  test('with another checksum than was expected is refused, and nothing of it stays', async () => {
    await put('model.onnx', 'another model');
    const call = withObjects.fetch(artifact('model.onnx', { checksum: sha256('the model') }));
    await expect(call).rejects.toMatchObject({ code: 'DeploymentError.ChecksumMismatch' });
    expect(readdirSync(join(machine.directory, 'store'))).toEqual([]);
  });

  test.each(['../../../outside', '..', 'a/', 'nul\0nul', 'long/'.padEnd(400, 'x')])(
    'never leaves the store, whatever its key is: %j',
    async (key) => {
      await put(key, key);
      const fetched = await withObjects.fetch(artifact(key));
      const { path } = (await withObjects.resolve(fetched)) as { path: string };
      expect(path.startsWith(join(machine.directory, 'store'))).toBe(true);
      expect(readFileSync(path, 'utf8')).toBe(key);
    },
  );

  test('that does not exist, or is too large, is an error that says so', async () => {
    await expect(withObjects.fetch(artifact('none'))).rejects.toMatchObject({
      code: 'DeploymentError.ArtifactNotFound',
      message: expect.stringContaining('storage://models/none'),
    });
    await put('large', 'x'.repeat(1_001));
    await expect(withObjects.fetch(artifact('large'))).rejects.toMatchObject({
      message: expect.stringContaining('larger than the limit of 1000 bytes'),
    });
    expect(readdirSync(join(machine.directory, 'store'))).toEqual([]);
  });

  test('is refused where there is no object storage', async () => {
    await expect(store.fetch(artifact('model.onnx'))).rejects.toMatchObject({ code: 'Unimplemented' });
  });
});

test('an image is taken where a container engine answers, and refused with what is missing where none does', async () => {
  const image: Artifact = {
    name: 'app',
    type: 'Container',
    source: { kind: 'Registry', registry: 'registry.example', name: 'app', tag: '1' },
    metadata: {},
  };
  const answers = await askContainerEngines();
  if (answers.some((answer) => 'version' in answer)) {
    expect(await store.fetch(image)).toEqual(image);
    return;
  }
  await expect(store.fetch(image)).rejects.toMatchObject({
    code: 'DeploymentError.ResourceNotAvailable',
    message: expect.stringMatching(/none answers here \(docker .+, podman .+\)/),
  });
});

test('credentials in a request are refused: a secret is named instead', async () => {
  const credentials = { kind: 'Local', credentials: { configPath: '/nowhere' } } as const;
  const remote = local('', { source: { kind: 'Remote', url: 'http://127.0.0.1:1/model.onnx', credentials } });
  await expect(store.fetch(remote)).rejects.toMatchObject({
    code: 'InvalidInput',
    message: expect.stringContaining('"credential"'),
  });
});
