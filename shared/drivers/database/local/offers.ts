import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CloudError } from '../../../core/errors.ts';
import type { EngineKind, EngineOffer } from '../port.ts';
import { engineAccount } from './account.ts';
import { invalid, noSuchEngine } from './configuration.ts';
import type { Engine, Installation } from './engines/engine.ts';
import { ENGINES } from './engines/index.ts';

/** The engines of the specification that have a name. */
const KINDS: EngineKind[] = ['PostgreSQL', 'MySQL', 'Redis', 'MongoDB', 'Cassandra', 'DynamoDB'];

/** Every engine of the specification, with its version or what it lacks; `find` looks for one and says what is missing. */
export function offersOf(
  engines: readonly Engine[],
  find: (engine: Engine) => Promise<Installation>,
): Promise<EngineOffer[]> {
  const offer = async (kind: EngineKind): Promise<EngineOffer> => {
    const engine = engines.find((candidate) => candidate.kind === kind);
    if (!engine) return { engine: kind, reason: noSuchEngine({ kind } as never).message };
    try {
      const { version } = await find(engine);
      return { engine: kind, version, capabilities: [...engine.capabilities] };
    } catch (error) {
      return { engine: kind, reason: (error as Error).message };
    }
  };
  return Promise.all(KINDS.map(offer));
}

/** What this machine could run, found without leaving anything behind. */
export async function installedEngines(): Promise<EngineOffer[]> {
  const trial = mkdtempSync(join(tmpdir(), 'cloudlib-engines-'));
  try {
    return await offersOf(ENGINES, async (engine) => {
      const installation = await engine.find(trial, await engineAccount());
      if (installation) return installation;
      throw notInstalled(engine);
    });
  } finally {
    rmSync(trial, { recursive: true, force: true });
  }
}

/** An engine that is missing, with what to install. */
export const notInstalled = ({ kind, advice }: Engine): CloudError =>
  invalid('engine', kind, `${kind} is not installed on this machine; ${advice}`);
