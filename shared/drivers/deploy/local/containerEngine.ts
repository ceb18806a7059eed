import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Milliseconds that an engine gets to answer. */
const TIMEOUT = 2_000;

/** The engines that are looked for, the first that answers is taken; their command lines are alike. */
const ENGINES = { docker: '{{.ServerVersion}}', podman: '{{.Version.Version}}' };

/** A container engine of this machine: the version that its server answers with, or why it cannot be used. */
export type EngineAnswer = { engine: string } & ({ version: string } | { reason: string });

/** Asks every known container engine whether it is there. */
export function askContainerEngines(): Promise<EngineAnswer[]> {
  return Promise.all(Object.entries(ENGINES).map(([engine, format]) => ask(engine, format)));
}

async function ask(engine: string, format: string): Promise<EngineAnswer> {
  try {
    const { stdout } = await promisify(execFile)(engine, ['info', '--format', format], { timeout: TIMEOUT });
    const version = stdout.trim();
    return version ? { engine, version } : { engine, reason: 'does not answer' };
  } catch (error) {
    return {
      engine,
      reason: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not installed' : 'does not answer',
    };
  }
}
