import type { Json } from '../../shared/core/codecs.ts';
import { changesBetween } from '../../shared/core/difference.ts';
import { CloudError } from '../../shared/core/errors.ts';
import { newId } from '../../shared/core/ids.ts';
import type { ChangeKind, ConfigurationChange, ConfigurationPlan } from '../../shared/host.ts';
import { describeOperation } from '../../shared/operationDescription.ts';
import { type LoadedConfiguration, type RunnableConfiguration, runnable } from './configuration.ts';

export interface ReloadOptions {
  /** What the host began with. */
  loaded: LoadedConfiguration;
  checked: RunnableConfiguration;
  /** Loads the configuration anew; a host that was not started from a file has none. */
  load: (() => Promise<LoadedConfiguration>) | undefined;
  /** How many deliveries of a rule are pending. */
  pending(rule: string): number;
  /** Puts a configuration in force together with the event that says so: all of it or nothing. */
  use(configuration: RunnableConfiguration, plan: ConfigurationPlan): void;
}

interface Candidate {
  plan: ConfigurationPlan;
  described: Described;
  checked: RunnableConfiguration;
}

/** A configuration that changes while the host runs: what would change is shown first, and what was shown is what is applied. */
export class Reload {
  readonly #options: ReloadOptions;
  #running: Described;
  #candidate: Candidate | undefined;

  constructor(options: ReloadOptions) {
    this.#options = options;
    this.#running = describe(options.loaded, options.checked);
  }

  /** Loads and checks the configuration as it is now, and says what differs from the one that runs. */
  async plan(): Promise<ConfigurationPlan> {
    if (!this.#options.load) throw noFile();
    const loaded = await this.#options.load();
    const checked = runnable(loaded.configuration);
    const described = describe(loaded, checked);
    const changes = differences(this.#running, described).map((change) => this.#withPending(change));
    const plan = { plan: newId(), changes };
    this.#candidate = { plan, described, checked };
    return plan;
  }

  /** Puts the configuration of a plan in force: executions and calls that run end with what they began with. */
  apply(plan: string): ConfigurationPlan {
    const candidate = this.#candidate;
    if (candidate?.plan.plan !== plan) throw outdated(plan);
    this.#options.use(candidate.checked, candidate.plan);
    this.#running = candidate.described;
    this.#candidate = undefined;
    return candidate.plan;
  }

  #withPending(change: ConfigurationChange): ConfigurationChange {
    const gone = change.change === 'removed' && (change.kind === 'automation' || change.kind === 'schedule');
    const pending = gone ? this.#options.pending(change.name) : 0;
    return pending ? { ...change, pending } : change;
  }
}

type Described = Record<ChangeKind, Record<string, Json>>;

function differences(before: Described, after: Described): ConfigurationChange[] {
  return (Object.keys(after) as ChangeKind[]).flatMap((kind) =>
    changesBetween(before[kind], after[kind]).map((change) => ({ kind, ...change })),
  );
}

/** A configuration as JSON, by the kinds of things that it has; what an operation does shows in its files. */
function describe({ configuration, files }: LoadedConfiguration, checked: RunnableConfiguration): Described {
  const { providers = {}, operations = [], workflows: _, automations = {}, ...settings } = configuration;
  const isSchedule = ([, { on }]: [string, { on: { kind: string } }]): boolean => on.kind === 'schedule';
  const described = {
    automation: Object.fromEntries(Object.entries(automations).filter((entry) => !isSchedule(entry))),
    schedule: Object.fromEntries(Object.entries(automations).filter(isSchedule)),
    operation: Object.fromEntries(
      operations.map(({ run: _, ...operation }) => [operation.name, { ...operation, ...describeOperation(operation) }]),
    ),
    workflow: Object.fromEntries(checked.workflows),
    provider: providers,
    setting: settings,
    file: files,
  };
  // Times and durations become text, and functions are left out.
  return JSON.parse(JSON.stringify(described));
}

function noFile(): CloudError {
  return new CloudError(
    'Conflict',
    'this host was not started from a configuration file; start it with "cloudlib start", or start the program anew that runs it',
    { details: { resource: 'configuration', reason: 'no file' } },
  );
}

function outdated(plan: string): CloudError {
  return new CloudError('Conflict', `plan "${plan}" is not the latest one; look at the difference again`, {
    details: { resource: `plan ${plan}`, reason: 'outdated' },
  });
}
