import { github } from './github.ts';
import { gitlab } from './gitlab.ts';
import type { Scheme } from './scheme.ts';
import { standardWebhooks } from './standardWebhooks.ts';
import { stripe } from './stripe.ts';

export { type HmacDescription, hmac, hmacProblems } from './hmac.ts';
export type { Delivery, Scheme, Verification, VerifyOptions, WebhookRequest } from './scheme.ts';
export { refused } from './scheme.ts';
export { isOfSns, readSnsMessage, type SnsMessage, snsData, snsSignatureProblem, stringToSign } from './sns.ts';

/** The signature schemes that need no description, by name; a further one is a file of its own and a line here. */
export const schemes = { github, standardWebhooks, stripe, gitlab } satisfies Record<string, Scheme>;

/** The name of a signature scheme that needs no description. */
export type SchemeName = keyof typeof schemes;
