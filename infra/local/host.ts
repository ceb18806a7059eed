import { join, resolve } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { catalog } from '../../functions/catalog.ts';
import type { Automation, Configuration } from '../../shared/configuration.ts';
import { type Clock, systemClock } from '../../shared/core/clock.ts';
import type { Json } from '../../shared/core/codecs.ts';
import { CloudError } from '../../shared/core/errors.ts';
import type { Domain, Ports } from '../../shared/drivers/ports.ts';
import { transaction } from '../../shared/drivers/sqlite/database.ts';
import { GroupCommit } from '../../shared/drivers/sqlite/groupCommit.ts';
import type {
  CloudEvent,
  ConfigurationPlan,
  EventBus,
  Execution,
  Host,
  HostedApplication,
  OperationHost,
  Records,
  RequestOptions,
  TaskAnswer,
} from '../../shared/host.ts';
import { type Environment, invoke, type Operation } from '../../shared/operation.ts';
import type { DriverSurroundings, Provider } from '../../shared/provider.ts';
import { traceFields } from '../../shared/semantics/tracing/traceContext.ts';
import { Application } from './application/application.ts';
import { OperationLogs } from './application/logs.ts';
import { Bus } from './bus/bus.ts';
import { causeOfRequest, currentCause } from './bus/cause.ts';
import { readEvent } from './bus/cloudEvent.ts';
import { post } from './bus/httpDestination.ts';
import { readSettings } from './bus/settings.ts';
import { type LoadedConfiguration, type RunnableConfiguration, runnable } from './configuration.ts';
import { LocalDrivers } from './drivers.ts';
import { Executions } from './executions.ts';
import { Gateway } from './gateway/gateway.ts';
import { readToken } from './gateway/token.ts';
import { Webhooks } from './gateway/webhooks.ts';
import { Reload } from './reload.ts';
import { Scheduler } from './scheduler.ts';
import { Secrets } from './secrets.ts';
import { HostLock, openDatabase, readAddress } from './store/database.ts';
import { EventLog } from './store/events.ts';
import { SqliteIdempotency } from './store/idempotency.ts';
import { SqliteRecords } from './store/records.ts';

export interface LocalHostOptions {
  /** The state directory. */
  directory: string;
  configuration?: Configuration;
  /** The files that the configuration came from, with their hashes. */
  files?: Record<string, string>;
  /** Loads the configuration anew; without it what the host began with stays in force. */
  reload?(): Promise<LoadedConfiguration>;
  /** The gateway's port, 0 for any free one; no gateway is opened when it is left out. */
  port?: number;
  /** Whether replicas end with this process for good reason: it is a script, not a host of its own. */
  embedded?: boolean;
  clock?: Clock;
  /** Milliseconds between SIGTERM and SIGKILL for replicas. */
  stopGrace?: number;
}

/** The host on this machine: one process, one state directory, everything durable in SQLite. */
export class LocalHost implements Host, OperationHost {
  readonly embedded: boolean;
  readonly records: Records;
  readonly bus: EventBus;
  readonly application: HostedApplication;
  #lock!: HostLock;
  #database!: DatabaseSync;
  #events!: EventLog;
  readonly #bus: Bus;
  readonly #scheduler: Scheduler;
  readonly #executions: Executions;
  readonly #commit: GroupCommit;
  #drivers!: LocalDrivers;
  #gateway: Gateway | undefined;
  readonly #environment: Environment;
  readonly #secrets: Secrets;
  readonly #application: Application;
  #reload!: Reload;
  #providers: Record<string, Provider> = {};
  /** Those in force: the bus, the scheduler and the webhooks look at this one object, so that a change of it is one for all of them. */
  readonly #automations: Record<string, Automation> = {};
  readonly #settings = readSettings();
  #closed: Promise<void> | undefined;

  private constructor(options: LocalHostOptions, lock: HostLock) {
    const { directory, clock = systemClock, embedded = false } = options;
    this.embedded = embedded;
    this.#lock = lock;
    this.#secrets = new Secrets(directory);
    this.#database = openDatabase(directory);
    const settings = this.#settings;
    this.#events = new EventLog(this.#database, { clock, identity: () => settings.identity });
    this.#commit = new GroupCommit(this.#database);
    this.records = new SqliteRecords(this.#database);
    this.#environment = {
      host: this,
      idempotency: new SqliteIdempotency(this.#database, clock, this.#commit),
      now: () => clock.now(),
      driver: (provider, domain) => this.#driver(provider, domain),
    };
    this.#executions = new Executions({
      database: this.#database,
      commit: this.#commit,
      clock,
      append: (event) => void this.#bus.append(event),
      position: () => this.#events.end(),
      invoke: (operation, input, request) => this.invoke(operation, input, request),
      storage: async (provider) => (await this.#driver(provider, 'storage')).driver,
    });
    this.#application = new Application({
      database: this.#database,
      clock,
      logs: new OperationLogs(join(directory, 'operations'), clock),
      invoke: (operation, input, request) => this.invoke(operation, input, request),
      secret: (name) => this.secret(name),
    });
    this.application = {
      operations: async () => this.#application.describe(),
      logs: async (operation, options = {}) => this.#application.logs(operation, options),
      plan: () => this.#reload.plan(),
      apply: async (plan) => this.#reload.apply(plan),
    };
    const automations = this.#automations;
    this.#bus = new Bus({
      database: this.#database,
      commit: this.#commit,
      clock,
      log: this.#events,
      automations,
      settings,
      targets: {
        start: (workflow, input, name, cause) => this.#executions.begin({ workflow, input, name }, cause).execution,
        invoke: (operation, input, request) => this.invoke(operation, input, request),
        post: (target, delivery) => post(target, delivery, { clock, secret: (name) => this.#secrets.read(name) }),
      },
    });
    this.#scheduler = new Scheduler({
      database: this.#database,
      clock,
      automations,
      append: (event, rule) => this.#bus.append(event, rule),
    });
    this.bus = {
      publish: async (events) =>
        this.#bus.accept(events.map((event, index) => readEvent(event, clock.now(), `event ${index}`))),
      find: async (id) => this.#bus.find(id),
      rules: async () => this.#bus.rules(),
      schedules: async () => this.#scheduler.list(),
      deadLetters: async () => this.#bus.deadLetters(),
      redrive: async (delivery) => this.#bus.redrive(delivery),
      replay: (request) => this.#bus.replay(request),
      dryReplay: (request) => this.#bus.dryReplay(request),
    };
  }

  /** Starts a host on a state directory that no other one runs on, and takes up what an earlier one left. */
  static async start(options: LocalHostOptions): Promise<LocalHost> {
    const directory = resolve(options.directory);
    const lock = HostLock.take(directory);
    if (!lock) throw alreadyRunning(directory);
    // It runs and does not answer yet; what an earlier host announced no longer holds.
    lock.announce({ pid: process.pid, url: '', token: '' });
    const host = new LocalHost({ ...options, directory }, lock);
    try {
      await host.#open({ ...options, directory });
      return host;
    } catch (error) {
      await host.close();
      throw error;
    }
  }

  /** Where the gateway answers, once it is open. */
  get url(): string | undefined {
    return this.#gateway?.url;
  }

  /** What drivers are given that work in this process. */
  get surroundings(): DriverSurroundings {
    return { local: this.#drivers.ports };
  }

  /** Where the S3 interface of the store answers, once it is open. */
  get storageUrl(): string | undefined {
    return this.#drivers.storageUrl;
  }

  async #open({
    directory,
    configuration = {},
    files = {},
    reload,
    clock = systemClock,
    port,
    stopGrace,
  }: LocalHostOptions): Promise<void> {
    const checked = runnable(configuration);
    this.#reload = new Reload({
      loaded: { configuration, files },
      checked,
      load: reload,
      pending: (rule) => this.#bus.rules().find(({ name }) => name === rule)?.pending ?? 0,
      use: (next, plan) => this.#replace(next, plan),
    });
    this.#drivers = await LocalDrivers.open({
      database: this.#database,
      directory,
      clock,
      secrets: this.#secrets,
      commit: this.#commit,
      append: (event) => void this.#bus.append(event),
      publish: (events) => this.#bus.publish(events),
      embedded: this.embedded,
      ...(stopGrace !== undefined && { stopGrace }),
    });
    this.#application.endLeftovers();
    this.#use(checked);
    this.#executions.resume();
    this.#bus.start();
    this.#scheduler.start();
    if (port === undefined) return;
    const token = readToken(directory);
    const webhooks = new Webhooks({
      automations: this.#automations,
      database: this.#database,
      events: {
        append: (event, rule) => {
          this.#bus.admit();
          return this.#bus.append(event, rule);
        },
      },
      clock,
      secret: (name) => this.#secrets.read(name),
      start: (workflow, input, name) => this.#executions.begin({ workflow, input, name }).execution,
    });
    this.#gateway = await Gateway.open({ host: this, webhooks, token, port });
    await this.#drivers.serveStorage(port === 0 || port === 65_535 ? 0 : port + 1);
    this.#lock.announce({ pid: process.pid, url: this.#gateway.url, token });
  }

  async invoke(name: string, input: Json, options: RequestOptions = {}): Promise<Json> {
    const operation =
      this.#application.bound(name, input, options) ??
      (Object.hasOwn(catalog, name) ? (catalog as Record<string, Operation>)[name] : undefined);
    if (!operation) {
      throw new CloudError(
        'NotFound',
        `there is no operation "${name}"; list those that exist with "cloudlib operations"`,
        {
          details: { resource: `operation ${name}` },
        },
      );
    }
    const cause = causeOfRequest(options);
    return currentCause.run(cause, () =>
      invoke(operation, input, { ...options, ...traceFields(cause.trace) }, this.#environment),
    );
  }

  async publish(event: CloudEvent): Promise<void> {
    await this.#bus.publish([event]);
  }

  async start(workflow: string, input: Json, name?: string): Promise<{ execution: string; created: boolean }> {
    return this.#executions.start({ workflow, input, ...(name && { name }) });
  }

  async execution(id: string): Promise<Execution | undefined> {
    return this.#executions.get(id);
  }

  async executions(filter: { workflow?: string; limit?: number } = {}): Promise<Execution[]> {
    return this.#executions.list(filter);
  }

  async history(id: string): Promise<Json[]> {
    return this.#executions.history(id);
  }

  async waitForExecution(id: string): Promise<Execution> {
    return this.#executions.wait(id);
  }

  async stop(id: string, reason: { error?: string; cause?: string } = {}): Promise<void> {
    this.#executions.stop(id, reason);
  }

  async redrive(id: string): Promise<void> {
    this.#executions.redrive(id);
  }

  async signal(token: string, answer: TaskAnswer): Promise<void> {
    this.#executions.signal(token, answer);
  }

  async heartbeat(token: string): Promise<void> {
    this.#executions.heartbeat(token);
  }

  events({
    cursor,
    signal,
  }: {
    cursor?: number;
    signal?: AbortSignal;
  } = {}): AsyncIterable<{ cursor: number; event: CloudEvent }> {
    return this.#events.follow(cursor ?? this.#events.end(), signal);
  }

  async secret(name: string): Promise<string> {
    return this.#secrets.read(name);
  }

  /** Stops the host: replicas end, and start again with the next host on this state directory. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await this.#gateway?.close();
    this.#scheduler.close();
    this.#bus.close();
    await this.#executions.close();
    await this.#application.close();
    await this.#drivers?.close();
    this.#database.close();
    this.#lock.release();
  }

  /** What can fail, the disk, comes first: where it does, nothing has changed. */
  #use({ providers, operations, workflows, automations, settings }: RunnableConfiguration, applied?: CloudEvent): void {
    transaction(this.#database, () => {
      this.#executions.use(workflows);
      if (applied) this.#bus.append(applied);
    });
    this.#providers = providers;
    for (const name of Object.keys(this.#automations)) delete this.#automations[name];
    Object.assign(this.#automations, automations);
    Object.assign(this.#settings, settings);
    this.#application.use(operations);
    this.#bus.reload();
  }

  #replace(next: RunnableConfiguration, { plan, changes }: ConfigurationPlan): void {
    this.#use(next, {
      specversion: '1.0',
      id: plan,
      source: '/configuration',
      type: 'cloudlib.configuration.applied',
      time: this.#environment.now().toISOString(),
      datacontenttype: 'application/json',
      data: { changes: changes as unknown as Json },
    });
    this.#scheduler.start();
  }

  async #driver<D extends Domain>(
    name: string | undefined,
    domain: D,
  ): Promise<{ provider: string; driver: Ports[D] }> {
    const names = Object.keys(this.#providers);
    const chosen = name ?? names[0]!;
    const provider = Object.hasOwn(this.#providers, chosen) ? this.#providers[chosen] : undefined;
    if (!provider) {
      throw new CloudError('NotFound', `there is no provider "${chosen}"; the configuration has ${names.join(', ')}`, {
        details: { resource: `provider ${chosen}` },
      });
    }
    // An operation of the application calls other operations for what it needs.
    if ((domain as string) === 'app') return { provider: chosen, driver: undefined as never };
    return { provider: chosen, driver: await provider.driver(domain, this.surroundings) };
  }
}

function alreadyRunning(directory: string): CloudError {
  const pid = readAddress(directory)?.pid;
  return new CloudError(
    'Conflict',
    `a host${pid ? ` (pid ${pid})` : ''} already runs on ${directory}; stop it first, or give another directory with --state`,
    { details: { resource: directory, reason: `a host runs there${pid ? ` with pid ${pid}` : ''}` } },
  );
}
