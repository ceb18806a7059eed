import type { z } from 'zod';
import type { Json } from './core/codecs.ts';
import type { Duration } from './core/duration.ts';
import { CloudError } from './core/errors.ts';
import type { Authored } from './core/validation.ts';
import type { Provider } from './provider.ts';
import type { Pattern } from './semantics/patterns/index.ts';
import { type Missed, parse } from './semantics/schedules/index.ts';
import type { SchemeName } from './semantics/webhooks/index.ts';
import type { DatabaseConfig } from './types/database.ts';
import type { Artifact, DeploymentConfig } from './types/deploy.ts';

/** A webhook as a trigger: how its deliveries are signed, and which of them count. */
export interface WebhookTrigger {
  kind: 'webhook';
  scheme: SchemeName;
  /** The name of the secret that signs the deliveries; its value comes from the environment or a file, never from here. */
  secret: string;
  /** The kind of delivery that counts, such as `push`; all when left out. */
  event?: string;
  /** An event pattern over the delivery's body. */
  match?: Record<string, unknown>;
}

/** The workflow that an automation starts, and its input; texts of the form `{% … %}` are JSONata over `$event`. */
export interface WorkflowTarget {
  kind: 'workflow';
  workflow: string;
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
export type Target = WorkflowTarget | OperationTarget;

/** What starts something, and what it starts. */
export interface Automation {
  on: Trigger;
  start: Target;
  retry?: RetryPolicy;
}

/** What `cloudlib.config.ts` exports. */
export interface Configuration {
  /** By the name that operations are told; the first one is the default. */
  providers?: Record<string, Provider>;
  /** By name, which is also the path of a webhook: `/webhooks/<name>`. */
  automations?: Record<string, Automation>;
}

/** Declares a configuration and checks it as far as the types do. */
export function defineConfig(configuration: Configuration): Configuration {
  const unfit = Object.keys(configuration.automations ?? {}).find((name) => !/^[a-z][a-z0-9-]{0,62}$/.test(name));
  if (unfit === undefined) return configuration;
  throw new CloudError(
    'InvalidInput',
    `automation "${unfit}": a name has 1 to 63 lower case letters, digits and hyphens and begins with a letter, because it becomes a path`,
  );
}

type WebhookOptions = Omit<WebhookTrigger, 'kind' | 'scheme'>;

/** Webhooks by the way in which they are signed. */
export const webhook = {
  /** GitHub's: `X-Hub-Signature-256` over the body. */
  github: (options: WebhookOptions): WebhookTrigger => ({ kind: 'webhook', scheme: 'github', ...options }),
  /** Those of the Standard Webhooks specification. */
  standard: (options: WebhookOptions): WebhookTrigger => ({ kind: 'webhook', scheme: 'standardWebhooks', ...options }),
};

/** Every event that matches a pattern: those that are published, and those of the host's own webhooks, schedules, operations and workflows. */
export const event = (pattern: Pattern): EventTrigger => ({ kind: 'event', pattern });

/** Times such as `rate(5 minutes)`, `cron(0 8 ? * MON *)` or `at(2027-01-31T08:00:00)`. */
export function schedule(expression: string, options: ScheduleOptions = {}): ScheduleTrigger {
  parse(expression);
  return { kind: 'schedule', expression, ...options };
}

/** What the workflows of CloudLib take. */
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
export function workflow<Name extends keyof WorkflowInputs>(name: Name, input: WorkflowInputs[Name]): WorkflowTarget {
  return { kind: 'workflow', workflow: name, input: JSON.parse(JSON.stringify(input)) };
}
