import type { Automation } from './configuration.ts';
import type { Json } from './core/codecs.ts';
import type { Change } from './core/difference.ts';
import type { OperationDescription } from './operationDescription.ts';
import type { DriverSurroundings } from './provider.ts';

/** How an execution of a workflow stands; the words are Step Functions'. */
export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** One run of a workflow. */
export interface Execution {
  id: string;
  workflow: string;
  status: ExecutionStatus;
  startedAt: Date;
  stoppedAt?: Date;
  input: Json;
  output?: Json;
  error?: string;
  cause?: string;
  currentStates: string[];
}

/** An event as CloudEvents 1.0 defines it; (source, id) is its identity. */
export interface CloudEvent {
  specversion: '1.0';
  id: string;
  source: string;
  type: string;
  time: string;
  subject?: string;
  datacontenttype?: string;
  dataschema?: string;
  traceparent?: string;
  tracestate?: string;
  /** How many deliveries lie between this event and the one from outside that caused it; 0 when absent. */
  cloudlibhops?: number;
  data?: Json;
  /** Data that is not JSON, as base64. */
  data_base64?: string;
  /** Attributes of other extensions. */
  [extension: string]: Json | undefined;
}

/** What the caller of an operation may say besides its input. */
export interface RequestOptions {
  /** A provider of the configuration, by name; the first one when left out. */
  provider?: string;
  /** Makes asking again safe: the same id with the same input returns the first result. */
  requestId?: string;
  /** The trace that it belongs to, as W3C Trace Context has it; what is not valid does not count. */
  traceparent?: string;
  tracestate?: string;
}

/** A value kept by the host under a kind and a key, with a version that grows by one with every change. */
export interface VersionedRecord<T> {
  key: string;
  value: T;
  version: number;
}

/** Small durable records with optimistic concurrency, for what operations must remember. */
export interface Records {
  get<T>(kind: string, key: string): Promise<VersionedRecord<T> | undefined>;
  /** Writes when the stored version is `expected` (0: none yet), else throws `Conflict`. */
  put<T>(kind: string, key: string, value: T, expected: number): Promise<void>;
  delete(kind: string, key: string): Promise<void>;
  list<T>(kind: string): Promise<VersionedRecord<T>[]>;
}

/** What is answered to a task token: the waiting state ends with the output or the error. */
export type TaskAnswer = { output: Json } | { error: string; cause: string };

/** What an operation may ask of the host that it runs on. */
export interface OperationHost {
  /** Publishes an event; it is durable when this resolves. */
  publish(event: CloudEvent): Promise<void>;
  /** Starts a workflow; the same name again is the same execution. */
  start(workflow: string, input: Json, name?: string): Promise<{ execution: string; created: boolean }>;
  execution(id: string): Promise<Execution | undefined>;
  /** Answers a task token: the waiting state ends with the output or the error. */
  signal(token: string, answer: TaskAnswer): Promise<void>;
  records: Records;
  /** The value of a secret, by name; never to be logged, stored or put into an event. */
  secret(name: string): Promise<string>;
}

/** What became of an event that was published; one that was there already has no second effect. */
export interface Published {
  source: string;
  id: string;
  duplicate: boolean;
}

export type DeliveryStatus = 'PENDING' | 'DELIVERED' | 'DEAD';

/** One try at a delivery. */
export interface DeliveryAttempt {
  at: string;
  /** Absent when it went well. */
  error?: string;
}

/** One event on its way to the target of one rule. */
export interface Delivery {
  id: number;
  rule: string;
  status: DeliveryStatus;
  event: { source: string; id: string; type: string };
  createdAt: string;
  attempts: number;
  /** When it is tried next, while it is pending. */
  dueAt?: string;
  /** The execution that it started, or the output of the operation. */
  result?: Json;
  /** Why it is dead, or why the last attempt failed. */
  reason?: string;
  /** The replay that it belongs to. */
  replay?: string;
}

/** An event with everything that it caused. */
export interface EventRecord {
  cursor: number;
  acceptedAt: string;
  event: CloudEvent;
  deliveries: (Delivery & { tries: DeliveryAttempt[] })[];
}

/** An automation as the host runs it. */
export interface RuleSummary {
  name: string;
  on: { [key: string]: Json };
  target: string;
  pending: number;
  delivered: number;
  dead: number;
}

/** A schedule with the times at which it fires next. */
export interface ScheduleSummary {
  name: string;
  expression: string;
  timeZone: string;
  missed: 'once' | 'skip';
  /** Each time fires up to so much later; `next` has the moments at which it does. */
  flexibleWindow?: string;
  /** The time that was fired or skipped last. */
  last?: string;
  next: string[];
}

export interface ReplayRequest {
  /** Events that were accepted from here on … */
  from: string;
  /** … and before here. */
  to: string;
  /** One rule instead of all. */
  rule?: string;
  /** The same name again is the same replay. */
  name?: string;
}

/** A replay that starts nothing. */
export interface DryReplayRequest extends Omit<ReplayRequest, 'name'> {
  /** The rules to try; those that run when left out. */
  rules?: Record<string, Pick<Automation, 'on' | 'start'>>;
}

/** Something that an event would start, or no more start, under the rules that are tried. */
export interface DryStart {
  event: { cursor: number; source: string; id: string; type: string };
  rule: string;
  /** How it differs from the rules that run: it is new, would not be any more, or would start something else. */
  change?: 'added' | 'removed' | 'changed';
  /** Why the input cannot be made from the event: it would be a dead letter. */
  problem?: string;
}

/** What one rule would do, in numbers. */
export interface RuleForecast {
  rule: string;
  target: string;
  starts: number;
  added: number;
  removed: number;
  changed: number;
  /** How many of them would be dead letters at once. */
  dead: number;
}

/** What a dry replay found. */
export interface DryReplay {
  events: number;
  rules: RuleForecast[];
  /** The first of them, a thousand at most … */
  starts: DryStart[];
  /** … and how many there are besides. */
  unlisted: number;
}

/** The events of a host and the rules over them. */
export interface EventBus {
  /** Resolves when all of them are durable. */
  publish(events: CloudEvent[]): Promise<Published[]>;
  /** The events with an id; different sources may use the same. */
  find(id: string): Promise<EventRecord[]>;
  rules(): Promise<RuleSummary[]>;
  schedules(): Promise<ScheduleSummary[]>;
  deadLetters(): Promise<Delivery[]>;
  /** Tries a dead letter again, or all of them. */
  redrive(delivery?: number): Promise<{ redriven: number }>;
  /** Delivers events of the log again to the rules that match them now. */
  replay(request: ReplayRequest): Promise<{ replay: string; events: number; deliveries: number }>;
  /** Tells what a replay to other rules would start, and starts nothing. */
  dryReplay(request: DryReplayRequest): Promise<DryReplay>;
}

/** One line that an application's own operation wrote. */
export interface OperationLogLine {
  time: string;
  /** The call that wrote it; empty for what the process writes while it starts. */
  requestId: string;
  stream: 'stdout' | 'stderr';
  message: string;
}

export type ChangeKind = 'automation' | 'schedule' | 'operation' | 'workflow' | 'provider' | 'setting' | 'file';

/** Something of a configuration that differs from what runs. */
export interface ConfigurationChange extends Change {
  kind: ChangeKind;
  /** How many pending deliveries of a rule that goes become dead letters. */
  pending?: number;
}

/** What would change if the configuration were applied as it is now. */
export interface ConfigurationPlan {
  /** Names it, so that what is applied is what was looked at. */
  plan: string;
  changes: ConfigurationChange[];
}

/** What an application brings to its host. */
export interface HostedApplication {
  /** Its own operations. */
  operations(): Promise<OperationDescription[]>;
  /** What an operation of its own wrote, oldest first: the last lines, a thousand when nobody says. */
  logs(operation: string, options?: { since?: string; limit?: number }): Promise<OperationLogLine[]>;
  /** Reads the configuration as it is now, checks it, and says what differs from the one that runs. */
  plan(): Promise<ConfigurationPlan>;
  /** Puts the configuration of the latest plan in force. */
  apply(plan: string): Promise<ConfigurationPlan>;
}

/** A host as its clients see it: the CLI, the classes of `functions/`, another process. */
export interface Host {
  /** Runs an operation and resolves to its output in JSON form. */
  invoke(operation: string, input: Json, options?: RequestOptions): Promise<Json>;
  execution(id: string): Promise<Execution | undefined>;
  executions(filter?: { workflow?: string; limit?: number }): Promise<Execution[]>;
  history(id: string): Promise<Json[]>;
  /** Resolves when the execution has ended. */
  waitForExecution(id: string): Promise<Execution>;
  /** Ends an execution as ABORTED; one that has ended stays as it is. */
  stop(id: string, reason?: { error?: string; cause?: string }): Promise<void>;
  /** Starts an execution that failed, timed out or was aborted again from the states that failed. */
  redrive(id: string): Promise<void>;
  /** Answers a task token: the waiting state ends with the output or the error. */
  signal(token: string, answer: TaskAnswer): Promise<void>;
  /** Reports that the work behind a task token goes on, so that HeartbeatSeconds begins anew. */
  heartbeat(token: string): Promise<void>;
  /** Events as they are published, oldest first, beginning after `cursor` (the newest when left out). */
  events(options?: { cursor?: number; signal?: AbortSignal }): AsyncIterable<{ cursor: number; event: CloudEvent }>;
  readonly bus: EventBus;
  readonly application: HostedApplication;
  /** What drivers are given that work in this process; absent for a host in another one. */
  readonly surroundings?: DriverSurroundings;
  /** Whether the host lives in this process and ends with it. */
  readonly embedded: boolean;
  close(): Promise<void>;
}

/** A way to a host, for a program that was not given one. */
export type HostConnector = () => Promise<Host>;

let connector: HostConnector | undefined;

/** Says how `defaultHost` reaches its host; the package's entry point does it once. */
export function setDefaultHost(connect: HostConnector): void {
  connector = connect;
}

/** The host of a program that was not given one. */
export function defaultHost(): Promise<Host> {
  if (!connector) throw new Error('no host is set: import from "cloudlib", or pass a host');
  return connector();
}
