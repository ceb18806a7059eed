import { github } from './github.ts';
import type { Scheme } from './scheme.ts';
import { standardWebhooks } from './standardWebhooks.ts';

export type { Delivery, Scheme, Verification, VerifyOptions, WebhookRequest } from './scheme.ts';

/** The signature schemes by name; a further one is a file of its own and a line here. */
export const schemes = { github, standardWebhooks } satisfies Record<string, Scheme>;

/** The name of a signature scheme. */
export type SchemeName = keyof typeof schemes;
