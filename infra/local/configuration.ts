import { dirname } from 'node:path';
import { type AppOperation, appOperationProblems } from '../../shared/appOperation.ts';
import type { Automation, Configuration } from '../../shared/configuration.ts';
import type { Json } from '../../shared/core/codecs.ts';
import { CloudError } from '../../shared/core/errors.ts';
import { placeOf } from '../../shared/core/place.ts';
import { local, type Provider } from '../../shared/provider.ts';
import { knownOperations } from './application/operations.ts';
import { automationProblems } from './bus/rules.ts';
import { readSettings, type Settings, settingsProblems } from './bus/settings.ts';
import { readOwnWorkflow, readWorkflows } from './workflows.ts';

/** A configuration as it was loaded, with the hash of each file that it came from. */
export interface LoadedConfiguration {
  configuration: Configuration;
  files: Record<string, string>;
}

/** A configuration with which a host can run: all that it refers to exists, and its workflows are read. */
export interface RunnableConfiguration {
  providers: Record<string, Provider>;
  operations: AppOperation[];
  /** Those of CloudLib and those of the application. */
  workflows: [name: string, definition: Json][];
  automations: Record<string, Automation>;
  settings: Settings;
}

/** Checks a configuration and reads its workflows; `InvalidInput` has everything that is wrong, each with its place. */
export function runnable(configuration: Configuration): RunnableConfiguration {
  const { providers = { local: local() }, operations = [], automations = {} } = configuration;
  const known = knownOperations(operations);
  const folder = placeOf(configuration) ? dirname(placeOf(configuration)!.file) : process.cwd();
  const own = Object.entries(configuration.workflows ?? {}).map(([name, file]) =>
    readOwnWorkflow(name, file, folder, known),
  );
  const workflows = [
    ...readWorkflows(),
    ...own.flatMap((one): [string, Json][] => ('definition' in one ? [[one.name, one.definition]] : [])),
  ];
  // A workflow whose file is wrong is named once, and not again by each automation that starts it.
  const names = [...workflows.map(([name]) => name), ...Object.keys(configuration.workflows ?? {})];
  const problems = [
    ...appOperationProblems(operations),
    ...own.flatMap((one) => ('problems' in one ? one.problems : [])),
    ...settingsProblems(configuration.bus),
    ...automationProblems(automations, { operations: known, workflows: names, providers: Object.keys(providers) }),
  ];
  if (problems.length === 0)
    return { providers, operations, workflows, automations, settings: readSettings(configuration.bus) };
  throw new CloudError('InvalidInput', problems.join('\n'), { details: { problems } });
}
