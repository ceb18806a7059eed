import type { z } from 'zod';
import type { AppOperation } from './appOperation.ts';
import type { Json } from './core/codecs.ts';
import type { Duration } from './core/duration.ts';
import { CloudError } from './core/errors.ts';
import { placed } from './core/place.ts';
import type { Authored } from './core/validation.ts';
import type { Provider } from './provider.ts';
import type { Pattern } from './semantics/patterns/index.ts';
import { type Missed, parse } from './semantics/schedules/index.ts';
import type { HmacDescription, SchemeName } from './semantics/webhooks/index.ts';
import type { DatabaseConfig } from './types/database.ts';
import type { Artifact, DeploymentConfig } from './types/deploy.ts';

/** How many deliveries of a webhook are taken in a time; beyond that the sender is told when to come again. */
export interface RateLimit {
  requests: number;
  per: Duration;
}

/** Which deliveries of a webhook count, and how many are taken. */
export interface WebhookFilter {
  /** The kind of delivery that counts, such as `push`; all when left out. */
  event?: string;
  /** An event pattern over what the delivery brings. */
  match?: Record<string, unknown>;
  /** 600 a minute when left out. */
  rateLimit?: RateLimit;
}

interface SecretWebhook extends WebhookFilter {
  /** The name of the secret that signs the deliveries; its value comes from the environment or a file, never from here. */
  secret: string;
}

/** A webhook as a trigger: how its deliveries are signed, and which of them count. */
export type WebhookTrigger = { kind: 'webhook' } & (
  | (SecretWebhook & { scheme: SchemeName; tolerance?: Duration })
  | (SecretWebhook & { scheme: 'hmac'; signature: HmacDescription })
  /** `topic` is the ARN of the one topic whose messages are taken. */
  | (WebhookFilter & { scheme: 'sns'; topic: string })
);

/** The workflow that an automation starts, and its input; texts of the form `{% … %}` are JSONata over `$event`. */
export interface WorkflowTarget<Name extends string = string> {
  kind: 'workflow';
  workflow: Name;
  input: Json;
}

/** The operation that an automation invokes, with its input in JSON form; texts of the form `{% … %}` are JSONata over `$event`. */
export interface OperationTarget {
  kind: 'operation';
  operation: string;
  input: Json;
  /** A provider of the configuration; the first one when left out. */
  provider?: string;
}

/** An address on the web that gets events posted. */
export interface HttpTarget {
  kind: 'http';
  /** `https:`, or `http:` on the loopback. */
  url: string;
  /** The name of the secret that requests are signed with, as Standard Webhooks says: `whsec_…` or `whsk_…`. */
  secret?: string;
  /** Further headers; the value of one that nobody may see is the name of a secret. */
  headers?: Record<string, string | { secret: string }>;
  /** What is sent, where that is not the event itself; texts of the form `{% … %}` are JSONata over `$event`. */
  input?: Json;
  /** How long an answer may take: ten seconds when left out, five minutes at most. */
  timeout?: Duration;
}

/** Any event of the host as a trigger. */
export interface EventTrigger {
  kind: 'event';
  /** An event pattern over the CloudEvent: `type`, `source`, `subject`, `data` … */
  pattern: Pattern;
}

/** What narrows a schedule, besides its expression. */
export interface ScheduleOptions {
  /** The IANA time zone of `cron` and `at`; UTC when left out. */
  timeZone?: string;
  /** It does not fire before. */
  start?: Date;
  /** It does not fire after. */
  end?: Date;
  /** What becomes of times that passed while no host ran: the last one fires late (`once`, when left out) or none does (`skip`). */
  missed?: Missed;
  /**
   * Each time fires up to so much later, always the same for the same time, so that schedules of one hour do not all start at once:
   * whole minutes, a day at most.
   */
  flexibleWindow?: Duration;
}

/** Points in time as a trigger. */
export interface ScheduleTrigger extends ScheduleOptions {
  kind: 'schedule';
  expression: string;
}

/** How long a failing target is tried again; what fails for good goes to the dead letters. */
export interface RetryPolicy {
  /** How often it is tried in all: 1 to 185, and 185 when left out. */
  maximumAttempts?: number;
  /** How long after its event a delivery is still tried: 24 hours at most, and 24 hours when left out. */
  maximumAge?: Duration;
}

export type Trigger = WebhookTrigger | EventTrigger | ScheduleTrigger;
export type Target<Name extends string = string> = WorkflowTarget<Name> | OperationTarget | HttpTarget;

/** What starts something, and what it starts; `Name` are the workflows that there are. */
export interface Automation<Name extends string = string> {
  on: Trigger;
  start: Target<Name>;
  retry?: RetryPolicy;
  /**
   * Deliveries of events with the same `subject` are made one after the other, in the order of their coming; one that fails holds back its
   * subject until it went well or is dead. For events alone.
   */
  ordered?: boolean;
}

/** How the bus keeps events, and how many. */
export interface BusSettings {
  /** For how long an event of the same `source` and `id` is the same event: 24 hours when left out. */
  identity?: Duration;
  /** For how long events can be replayed, and deliveries that have ended are shown: 30 days each when left out. */
  retention?: { events?: Duration; deliveries?: Duration };
  /** With so many deliveries pending, events from outside are told to come again later: 1,000,000 when left out. */
  mostPending?: number;
}

/** What `cloudlib.config.ts` exports; `Own` are the names of the application's own workflows. */
export interface Configuration<Own extends string = string> {
  /** By the name that operations are told; the first one is the default. */
  providers?: Record<string, Provider>;
  /** The application's own operations, which join the catalog. */
  operations?: AppOperation[];
  /** The application's own workflows: files in the Amazon States Language, relative to the file of the configuration. */
  workflows?: Record<Own, string>;
  /** By name, which is also the path of a webhook: `/webhooks/<name>`. */
  automations?: Record<string, Automation<NoInfer<Own> | keyof WorkflowInputs>>;
  bus?: BusSettings;
}

/** Declares a configuration and checks it as far as the types do. */
export function defineConfig<Own extends string = never>(configuration: Configuration<Own>): Configuration {
  const unfit = Object.keys(configuration.automations ?? {}).find((name) => !/^[a-z][a-z0-9-]{0,62}$/.test(name));
  if (unfit === undefined) return placed(configuration);
  throw new CloudError(
    'InvalidInput',
    `automation "${unfit}": a name has 1 to 63 lower case letters, digits and hyphens and begins with a letter, because it becomes a path`,
  );
}

interface TolerantWebhook extends SecretWebhook {
  /** How far the signed timestamp may lie from now: 5 minutes when left out. */
  tolerance?: Duration;
}

const signed = (scheme: SchemeName, options: TolerantWebhook): WebhookTrigger => ({
  kind: 'webhook',
  scheme,
  ...options,
});

/** Webhooks by the way in which they are signed. */
export const webhook = {
  /** GitHub's: `X-Hub-Signature-256` over the body. */
  github: (options: SecretWebhook): WebhookTrigger => placed(signed('github', options)),
  /** Those of the Standard Webhooks specification. */
  standard: (options: TolerantWebhook): WebhookTrigger => placed(signed('standardWebhooks', options)),
  /** Stripe's, and those made like them: `Stripe-Signature: t=…,v1=…`. */
  stripe: (options: TolerantWebhook): WebhookTrigger => placed(signed('stripe', options)),
  /** GitLab's with a secret token: `X-Gitlab-Token`. */
  gitlab: (options: SecretWebhook): WebhookTrigger => placed(signed('gitlab', options)),
  /** Messages of one topic of Amazon SNS, whose subscription is confirmed when SNS asks for it. */
  sns: (options: WebhookFilter & { topic: string }): WebhookTrigger =>
    placed({ kind: 'webhook', scheme: 'sns', ...options }),
  /** Any other that is signed with an HMAC, as `signature` describes it. */
  hmac: (options: SecretWebhook & { signature: HmacDescription }): WebhookTrigger =>
    placed({ kind: 'webhook', scheme: 'hmac', ...options }),
};

/** Every event that matches a pattern: those that are published, and those of the host's own webhooks, schedules, operations and workflows. */
export const event = (pattern: Pattern): EventTrigger => placed({ kind: 'event', pattern });

/** Times such as `rate(5 minutes)`, `cron(0 8 ? * MON *)` or `at(2027-01-31T08:00:00)`. */
export function schedule(expression: string, options: ScheduleOptions = {}): ScheduleTrigger {
  parse(expression);
  return placed({ kind: 'schedule', expression, ...options });
}

/** What the workflows of CloudLib take; a project adds its own with `declare module 'cloudlib' { interface WorkflowInputs { … } }`. */
export interface WorkflowInputs {
  deploy: {
    provider?: string;
    config: Authored<z.input<typeof DeploymentConfig>>;
    artifacts: Authored<z.input<typeof Artifact>>[];
  };
  createDatabase: { provider?: string; name: string; config: Authored<z.input<typeof DatabaseConfig>> };
  snapshotDatabase: { provider?: string; instance: string; snapshot: string };
  awaitDatabase:
    | { instance: { provider?: string; name: string; until: 'Available' | 'Stopped' | 'Deleted' } }
    | { snapshot: { provider?: string; snapshot: string } };
}

/** The workflow to start, with its input. */
export function workflow<const Name extends keyof WorkflowInputs>(
  name: Name,
  input: WorkflowInputs[Name],
): WorkflowTarget<Name>;
/** The workflow of the application to start, with its input; of one that `WorkflowInputs` does not know the compiler checks the name alone. */
export function workflow<const Name extends string>(
  name: Name extends keyof WorkflowInputs ? never : Name,
  input?: { [key: string]: unknown },
): WorkflowTarget<Name>;
export function workflow(name: string, input: unknown = {}): WorkflowTarget {
  return placed({ kind: 'workflow', workflow: name, input: JSON.parse(JSON.stringify(input)) });
}

/** An address on the web to post to: the CloudEvent in structured mode, or `input` as JSON. */
export const http = (url: string, options: Omit<HttpTarget, 'kind' | 'url'> = {}): HttpTarget =>
  placed({ kind: 'http', url, ...options });

/** A target in a few words. */
export function describeTarget(target: Target): string {
  switch (target.kind) {
    case 'workflow':
      return `workflow ${target.workflow}`;
    case 'operation':
      return `operation ${target.operation}`;
    case 'http':
      return `POST ${target.url.replace(/[?#].*$/s, '')}`;
  }
}
