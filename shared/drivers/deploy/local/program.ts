import { existsSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CloudError } from '../../../core/errors.ts';
import type { DeploymentConfig } from '../../../types/deploy.ts';
import type { ResolvedArtifact } from './artifacts.ts';
import { coresOf, memoryLimitOf } from './quantities.ts';

/** What a replica runs, except for what differs between replicas. */
export interface Program {
  command: string[];
  environment: Record<string, string>;
}

const MODEL_SERVER = fileURLToPath(new URL(`../../../../runner/model${extname(import.meta.url)}`, import.meta.url));

/** The program of a revision: its container, else its code, else CloudLib's model server with its model. */
export function programOf(
  config: DeploymentConfig,
  artifacts: ResolvedArtifact[],
  replica: { id: string; port: number },
): Program {
  const environment = {
    ...mounts(artifacts),
    ...config.envVars,
    PORT: String(replica.port),
    CLOUDLIB_CPU: String(coresOf(config.resources.cpu) || 1),
  };
  const container = artifacts.find((artifact) => artifact.type === 'Container');
  if (container) return { command: containerCommand(config, container, replica, environment), environment };
  const code = artifacts.find((artifact) => artifact.type === 'Code');
  if (code && 'path' in code) return { command: [process.execPath, entryOf(code)], environment };
  const model = artifacts.find((artifact) => artifact.type === 'Model');
  if (model && 'path' in model) return modelServer(config, model.path, environment);
  throw new CloudError(
    'InvalidInput',
    `deployment "${config.name}": it has nothing to run; add an artifact of type Model, Code or Container`,
  );
}

function modelServer(config: DeploymentConfig, path: string, environment: Record<string, string>): Program {
  return {
    command: [process.execPath, '--disable-warning=ExperimentalWarning', MODEL_SERVER],
    environment: {
      CLOUDLIB_MODEL_PATH: path,
      CLOUDLIB_MODEL_NAME: config.name,
      CLOUDLIB_MODEL_VERSION: config.version,
      ...environment,
    },
  };
}

/** `CLOUDLIB_ARTIFACT_WORDS_TXT=/path` for an artifact named `words.txt`. */
function mounts(artifacts: ResolvedArtifact[]): Record<string, string> {
  return Object.fromEntries(
    artifacts.flatMap((artifact) =>
      'path' in artifact
        ? [[`CLOUDLIB_ARTIFACT_${artifact.name.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`, artifact.path]]
        : [],
    ),
  );
}

/** The file of a Node program: itself, or what the folder's package.json calls `main`, or its index.js. */
function entryOf({ name, path }: { name: string; path: string }): string {
  if (statSync(path).isFile()) return path;
  const manifest = join(path, 'package.json');
  const main = existsSync(manifest)
    ? (JSON.parse(readFileSync(manifest, 'utf8')).main as string | undefined)
    : undefined;
  const entry = join(path, main ?? 'index.js');
  if (existsSync(entry)) return entry;
  throw new CloudError(
    'InvalidInput',
    `artifact "${name}": there is no ${main ?? 'index.js'} in it; set "main" in its package.json`,
  );
}

function containerCommand(
  config: DeploymentConfig,
  container: ResolvedArtifact,
  { id, port }: { id: string; port: number },
  environment: Record<string, string>,
): string[] {
  if (!('image' in container)) {
    throw new CloudError(
      'InvalidInput',
      `artifact "${container.name}": a Container comes from a Registry source, such as docker.io/library/nginx:1.27`,
    );
  }
  const inside = config.networking.port ?? 8080;
  const secrets = config.secrets.map(({ environmentVariable }) => environmentVariable);
  const variables = [...Object.keys(environment), ...secrets].flatMap((name) => [
    '--env',
    name === 'PORT' ? `PORT=${inside}` : name,
  ]);
  const memory = memoryLimitOf(config.resources.memory);
  return [
    container.engine,
    'run',
    '--rm',
    '--init',
    '--name',
    // A container that was ended by force may keep its name for a while, so each attempt has one of its own.
    `cloudlib-${id.toLowerCase()}-${port}`,
    '--cpus',
    String(coresOf(config.resources.cpu) || 1),
    ...(memory === undefined ? [] : ['--memory', String(Math.round(memory))]),
    '--publish',
    `127.0.0.1:${port}:${inside}`,
    ...variables,
    container.image,
  ];
}
