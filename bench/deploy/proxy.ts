import { median, type Part, type Row } from '../part.ts';
import { type Load, loadWithAutocannon, loadWithWrk } from './proxy/load.ts';
import { installed, type Running, start, startNginx } from './proxy/processes.ts';

const ROUNDS = 5;
const SECONDS = 4;

type StartProxy = (...ports: number[]) => Promise<Running>;
type GiveLoad = (port: number, seconds: number) => Promise<Load>;

/** Requests a second and p99 of the proxy and its peers, with 1 and 4 replicas; medians of rounds that take turns. */
export const measureProxies: Part = async (note) => {
  const proxies: Record<string, StartProxy> = {
    cloudlib: (...ports) => start('cloudlib', ...ports),
    'http-proxy-3, keep-alive': (...ports) => start('httpProxy3', ...ports),
  };
  if (installed('nginx')) proxies['nginx, one worker'] = startNginx;
  else note('nginx is not installed: THE COMPARISON WITH NGINX IS MISSING');
  const load = installed('wrk') ? loadWithWrk : loadWithAutocannon;
  if (load === loadWithAutocannon)
    note('wrk is not installed: autocannon takes CPU from the proxies, so all are slower');

  const rows: Row[] = [];
  for (const replicas of [1, 4]) rows.push(...(await measure(proxies, replicas, load)));
  return rows;
};

async function measure(proxies: Record<string, StartProxy>, replicas: number, load: GiveLoad): Promise<Row[]> {
  const targets = await Promise.all(Array.from({ length: replicas }, () => start('replica')));
  const ports = targets.map(({ port }) => port);
  const running = new Map<string, Running>();
  try {
    for (const [name, startProxy] of Object.entries(proxies)) running.set(name, await startProxy(...ports));
    return rowsOf(await takeTurns(running, load), replicas);
  } finally {
    await Promise.all([...running.values(), ...targets].map((process) => process.stop()));
  }
}

/** One warm-up and then the rounds, each proxy after the other, so that what else the machine does meets all alike. */
async function takeTurns(running: Map<string, Running>, load: GiveLoad): Promise<Map<string, Load[]>> {
  const results = new Map<string, Load[]>([...running.keys()].map((name) => [name, []]));
  for (const { port } of running.values()) await load(port, SECONDS);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, { port }] of running) results.get(name)!.push(await load(port, SECONDS));
  }
  return results;
}

function rowsOf(results: Map<string, Load[]>, replicas: number): Row[] {
  const rates = new Map(
    [...results].map(([name, loads]) => [name, median(loads.map((load) => load.requestsPerSecond))]),
  );
  const own = rates.get('cloudlib')!;
  return [...results].map(([name, loads]) => ({
    proxy: name,
    replicas,
    'requests/s': Math.round(rates.get(name)!),
    'p99 ms': median(loads.map((load) => load.p99Milliseconds)),
    failed: loads.reduce((sum, load) => sum + load.failed, 0),
    'cloudlib is': `${(own / rates.get(name)!).toFixed(2)} ×`,
  }));
}
