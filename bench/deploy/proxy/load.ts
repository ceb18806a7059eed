import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';

const run = promisify(execFile);
const CONNECTIONS = 32;

/** What one round of load measured. */
export interface Load {
  requestsPerSecond: number;
  p99Milliseconds: number;
  failed: number;
}

/** Asks as fast as answers come on 32 connections, with wrk. */
export async function loadWithWrk(port: number, seconds: number): Promise<Load> {
  const options = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--latency', `http://127.0.0.1:${port}/`];
  const { stdout } = await run('wrk', options);
  const number = (pattern: RegExp): number => Number(pattern.exec(stdout)?.[1] ?? 0);
  const [, value, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(stdout) ?? [];
  const socketErrors = [...(/Socket errors: (.*)/.exec(stdout)?.[1] ?? '').matchAll(/\d+/g)];
  return {
    requestsPerSecond: number(/Requests\/sec:\s+([\d.]+)/),
    p99Milliseconds: Number(value) * { us: 0.001, ms: 1, s: 1_000 }[unit as 'us' | 'ms' | 's'],
    failed: number(/Non-2xx or 3xx responses: (\d+)/) + socketErrors.reduce((sum, [count]) => sum + Number(count), 0),
  };
}

/** The same with autocannon, in a process of its own. */
export async function loadWithAutocannon(port: number, seconds: number): Promise<Load> {
  const program = createRequire(import.meta.url).resolve('autocannon');
  const options = ['--json', '--connections', String(CONNECTIONS), '--duration', String(seconds)];
  const { stdout } = await run(process.execPath, [program, ...options, `http://127.0.0.1:${port}/`]);
  const { requests, latency, non2xx, errors } = JSON.parse(stdout);
  return { requestsPerSecond: requests.average, p99Milliseconds: latency.p99, failed: non2xx + errors };
}
