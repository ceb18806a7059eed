import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A program that listens, and how it ends. */
export interface Running {
  port: number;
  stop(): Promise<void>;
}

/** Whether the program is on the PATH. */
export function installed(program: string): boolean {
  return spawnSync(program, ['-v']).error === undefined;
}

/** Starts one of the programs beside this file; it says its port when it listens. */
export async function start(program: string, ...ports: number[]): Promise<Running> {
  const child = fork(new URL(`./${program}.ts`, import.meta.url), ports.map(String));
  const [port] = (await once(child, 'message')) as [number];
  return { port, stop: () => stop(child) };
}

/** Starts nginx with one worker and kept connections to its upstreams. */
export async function startNginx(...ports: number[]): Promise<Running> {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-bench-'));
  const configuration = join(directory, 'nginx.conf');
  writeFileSync(configuration, nginxConfiguration(directory, port, ports));
  const child = spawn('nginx', ['-c', configuration, '-p', directory], { stdio: 'ignore' });
  await untilListening(port);
  return {
    port,
    async stop() {
      await stop(child);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill();
  await ended;
}

function nginxConfiguration(directory: string, port: number, ports: number[]): string {
  const servers = ports.map((upstream) => `server 127.0.0.1:${upstream};`).join(' ');
  return `
    worker_processes 1; daemon off; error_log /dev/null; pid ${directory}/nginx.pid;
    events { worker_connections 2048; }
    http {
      access_log off; client_body_temp_path ${directory}; proxy_temp_path ${directory};
      fastcgi_temp_path ${directory}; uwsgi_temp_path ${directory}; scgi_temp_path ${directory};
      keepalive_requests 1000000000;
      upstream replicas { ${servers} keepalive 256; keepalive_requests 1000000000; }
      server {
        listen 127.0.0.1:${port};
        location / { proxy_pass http://replicas; proxy_http_version 1.1; proxy_set_header Connection ""; }
      }
    }`;
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const socket = net.connect(port, '127.0.0.1');
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    await wait(50);
  }
  throw new Error(`nginx does not listen on port ${port}`);
}
