import type { z } from 'zod';
import type { Json } from './core/codecs.ts';
import { CloudError } from './core/errors.ts';
import type { Authored } from './core/validation.ts';
import type { Provider } from './provider.ts';
import type { SchemeName } from './semantics/webhooks/index.ts';
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

/** What starts something, and what it starts. */
export interface Automation {
  on: WebhookTrigger;
  start: WorkflowTarget;
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

/** What the workflows of CloudLib take. */
export interface WorkflowInputs {
  deploy: {
    provider?: string;
    config: Authored<z.input<typeof DeploymentConfig>>;
    artifacts: Authored<z.input<typeof Artifact>>[];
  };
}

/** The workflow to start, with its input. */
export function workflow<Name extends keyof WorkflowInputs>(name: Name, input: WorkflowInputs[Name]): WorkflowTarget {
  return { kind: 'workflow', workflow: name, input: JSON.parse(JSON.stringify(input)) };
}
