import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { askContainerEngines } from '../shared/drivers/deploy/local/containerEngine.ts';
import { type HostAddress, isHealthy, runningHost } from './hostAddress.ts';
import { printableLine } from './plainText.ts';

/** One thing that was looked at: good, usable with a limit, or in the way of running at all. */
export interface Check {
  name: string;
  level: 'good' | 'limited' | 'bad';
  found: string;
  advice?: string;
}

/** Looks at what a host on this state directory could do here. Nothing stays behind. */
export async function examine(directory: string, port: number): Promise<Check[]> {
  const running = await runningHost(directory);
  return [
    nodeCheck(),
    stateCheck(directory),
    await hostCheck(running?.address),
    await portCheck(port, running?.address.url),
    await containerCheck(),
    modelCheck(),
    ...(await engineChecks()),
    ...limitChecks(),
  ];
}

const nodeCheck = (): Check => ({
  name: 'Node.js',
  level: 'good',
  found: `${process.version} on ${process.platform} ${process.arch}`,
});

/** Tries a database as the host makes it: file systems without shared memory have no write-ahead log. */
function stateCheck(directory: string): Check {
  const name = 'state directory';
  const place = nearestExisting(directory);
  try {
    const trial = mkdtempSync(join(place, '.cloudlib-doctor-'));
    try {
      const mode = journalMode(join(trial, 'trial.db'));
      const found = `${directory} is writable, SQLite journal mode ${mode}`;
      if (mode === 'wal') return { name, level: 'good', found };
      return {
        name,
        level: 'bad',
        found,
        advice: 'the host needs mode wal; choose a folder on a local disk with --state',
      };
    } finally {
      rmSync(trial, { recursive: true, force: true });
    }
  } catch (error) {
    const found = `${directory} cannot be written: ${printableLine((error as Error).message)}`;
    return { name, level: 'bad', found, advice: 'choose another with --state' };
  }
}

function journalMode(file: string): string {
  const database = new DatabaseSync(file);
  try {
    return String(database.prepare('pragma journal_mode = wal').get()?.journal_mode);
  } finally {
    database.close();
  }
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

async function hostCheck(address: HostAddress | undefined): Promise<Check> {
  if (!address) return { name: 'host', level: 'limited', found: 'none runs', advice: 'cloudlib start --detach' };
  const { url, pid } = address;
  if (await isHealthy(url)) return { name: 'host', level: 'good', found: `pid ${pid} at ${url}` };
  return { name: 'host', level: 'bad', found: `pid ${pid} does not answer at ${url}`, advice: 'cloudlib stop' };
}

async function portCheck(port: number, ownUrl: string | undefined): Promise<Check> {
  const name = 'default port';
  if (ownUrl?.endsWith(`:${port}`)) return { name, level: 'good', found: `${port} is the one of this host` };
  if (await isFree(port)) return { name, level: 'good', found: `${port} is free` };
  return { name, level: 'limited', found: `${port} is taken`, advice: 'cloudlib start --port 0 takes any free one' };
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

async function containerCheck(): Promise<Check> {
  const name = 'container engine';
  const answers = await askContainerEngines();
  for (const answer of answers) {
    if ('version' in answer) return { name, level: 'good', found: `${answer.engine} ${printableLine(answer.version)}` };
  }
  const reasons = answers.map((answer) => `${answer.engine} ${'reason' in answer && answer.reason}`).join(', ');
  const advice = 'Container artifacts need one; models and Node programs do not';
  return { name, level: 'limited', found: reasons, advice };
}

/** Which engines could run databases. */
async function engineChecks(): Promise<Check[]> {
  // Loaded here, because no other command needs the engines.
  const { installedEngines } = await import('../shared/drivers/database/local/offers.ts');
  const offers = await installedEngines();
  // What DynamoDB is to others needs no engine here.
  return offers.flatMap(({ engine, ...offer }) => {
    if (engine === 'DynamoDB') return [];
    const name = `database ${engine}`;
    if ('version' in offer) return { name, level: 'good', found: offer.version };
    const [found = '', advice] = offer.reason.split('; ');
    return { name, level: 'limited', found, ...(advice && { advice }) };
  });
}

/** Whether the model server could load ONNX Runtime: found by resolving it, because loading takes 288 MB of files. */
function modelCheck(): Check {
  const name = 'ONNX Runtime';
  const advice = 'Model artifacts need it: npm install onnxruntime-node';
  try {
    const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
    const { version } = createRequire(import.meta.url)(manifest) as { version: string };
    if (hasBinding(join(dirname(manifest), 'bin'))) return { name, level: 'good', found: version };
    const found = `${version} has no binary for ${process.platform} ${process.arch}`;
    return { name, level: 'limited', found, advice: 'Model artifacts cannot be served on this machine' };
  } catch {
    return { name, level: 'limited', found: 'not installed', advice };
  }
}

/** `bin/napi-v<n>/<platform>/<architecture>` holds the binary of one platform. */
function hasBinding(directory: string): boolean {
  return readdirSync(directory).some((version) =>
    existsSync(join(directory, version, process.platform, process.arch, 'onnxruntime_binding.node')),
  );
}

function limitChecks(): Check[] {
  const memory: Check =
    process.platform === 'linux'
      ? {
          name: 'memory limits',
          level: 'good',
          found: 'enforced: a replica above its limit is ended and started again',
        }
      : { name: 'memory limits', level: 'limited', found: `not enforced on ${process.platform}` };
  return [
    memory,
    {
      name: 'other limits',
      level: 'limited',
      found: 'processor, disk, network and GPU limits are not enforced on this machine',
    },
  ];
}
