import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LoadedConfiguration } from '../infra/local/configuration.ts';
import type { Configuration } from '../shared/configuration.ts';
import { placeText } from '../shared/core/place.ts';
import { CommandFailure } from './failure.ts';
import { type Fresh, importFresh, placeInProject, withoutMarks } from './freshModules.ts';

const USUAL_NAMES = ['cloudlib.config.ts', 'cloudlib.config.mts'];
const KEYS = ['providers', 'operations', 'workflows', 'automations', 'bus'];

/** The configuration of a file, or of `cloudlib.config.ts` or `.mts` in the working folder; empty where there is none. */
export async function readConfiguration(file?: string): Promise<Configuration> {
  return (await loadConfiguration(file)).configuration;
}

/** The same as it is on the disk now, however often it was loaded before, with the files that it came from. */
export async function loadConfiguration(file?: string): Promise<LoadedConfiguration> {
  const path = resolve(file ?? USUAL_NAMES.find((name) => existsSync(name)) ?? USUAL_NAMES[0]!);
  if (!existsSync(path)) {
    if (file === undefined) return { configuration: {}, files: {} };
    throw new CommandFailure('InvalidInput', `there is no configuration ${path}`, { hint: 'correct --config' });
  }
  const { module, files } = await load(path);
  return { configuration: checked(module.default, path), files };
}

async function load(path: string): Promise<Fresh> {
  try {
    return await importFresh(path);
  } catch (thrown) {
    const error = thrown as Error;
    const place = placeInProject(error);
    const message = `the configuration ${path} cannot be loaded: ${withoutMarks(error.message)}${place ? ` (${placeText(place)})` : ''}`;
    throw new CommandFailure('InvalidInput', message, { hint: hintFor(error), cause: error });
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
