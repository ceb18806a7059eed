import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Configuration } from '../shared/configuration.ts';
import { CommandFailure } from './failure.ts';

const USUAL_NAMES = ['cloudlib.config.ts', 'cloudlib.config.mts'];
const KEYS = ['providers', 'automations', 'bus'];

/** The configuration of a file, or of `cloudlib.config.ts` or `.mts` in the working folder; empty where there is none. */
export async function readConfiguration(file?: string): Promise<Configuration> {
  const path = resolve(file ?? USUAL_NAMES.find((name) => existsSync(name)) ?? USUAL_NAMES[0]!);
  if (!existsSync(path)) {
    if (file === undefined) return {};
    throw new CommandFailure('InvalidInput', `there is no configuration ${path}`, { hint: 'correct --config' });
  }
  return checked((await load(path)).default, path);
}

async function load(path: string): Promise<{ default?: unknown }> {
  try {
    return await import(pathToFileURL(path).href);
  } catch (error) {
    throw new CommandFailure(
      'InvalidInput',
      `the configuration ${path} cannot be loaded: ${(error as Error).message}`,
      {
        hint: hintFor(error as Error),
        cause: error,
      },
    );
  }
}

function hintFor(error: Error): string {
  if (!/outside a module/.test(error.message)) return 'CLOUDLIB_DEBUG=1 shows where it fails';
  return 'set "type": "module" in package.json, or name the file cloudlib.config.mts';
}

function checked(value: unknown, path: string): Configuration {
  if (!value || typeof value !== 'object') {
    throw new CommandFailure('InvalidInput', `the configuration ${path} has no default export`, {
      hint: 'write "export default defineConfig({ … })"',
    });
  }
  const unknown = Object.keys(value).find((key) => !KEYS.includes(key));
  if (unknown === undefined) return value;
  throw new CommandFailure('InvalidInput', `the configuration ${path} has an unknown key "${unknown}"`, {
    hint: `it may have ${KEYS.join(', ')}`,
  });
}
