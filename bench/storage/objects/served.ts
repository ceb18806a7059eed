import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ObjectStore } from './contender.ts';
import { KEYS, S3Client } from './s3Client.ts';

const CLOUDLIB = fileURLToPath(new URL('../../../cli/bin.js', import.meta.url));

/** Our S3 interface, as `cloudlib storage serve` runs it. */
export async function openServed(directory: string): Promise<ObjectStore> {
  const port = await freePort();
  const parameters = [CLOUDLIB, 'storage', 'serve', '--port', String(port), '--dir', directory];
  const environment = {
    CLOUDLIB_ACCESS_KEY_ID: KEYS.accessKeyId,
    CLOUDLIB_SECRET_ACCESS_KEY: KEYS.secretAccessKey,
  };
  return reached(
    spawn(process.execPath, parameters, { stdio: 'ignore', env: { ...process.env, ...environment } }),
    port,
  );
}

/** The peer: versitygw over a folder, a server in Go that keeps each object as a file. */
export function openVersitygw(program: string): (directory: string) => Promise<ObjectStore> {
  return async (directory) => {
    const port = await freePort();
    const objects = join(directory, 'objects');
    mkdirSync(objects, { recursive: true });
    const environment = { ROOT_ACCESS_KEY: KEYS.accessKeyId, ROOT_SECRET_KEY: KEYS.secretAccessKey };
    const parameters = ['--port', `127.0.0.1:${port}`, 'posix', objects];
    return reached(spawn(program, parameters, { stdio: 'ignore', env: { ...process.env, ...environment } }), port);
  };
}

async function reached(child: ChildProcess, port: number): Promise<ObjectStore> {
  const client = new S3Client(`http://127.0.0.1:${port}`);
  for (let attempt = 0; ; attempt += 1) {
    try {
      await client.createBucket();
      break;
    } catch (error) {
      if (attempt === 100 || child.exitCode !== null) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return {
    put: (key, content) => client.put(key, content),
    get: (key) => client.get(key),
    async close() {
      client.close();
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
