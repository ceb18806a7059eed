import type { WebhookTrigger } from '../../../shared/configuration.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import {
  hmac,
  readSnsMessage,
  refused,
  type Scheme,
  schemes,
  snsData,
  snsSignatureProblem,
  type Verification,
  type WebhookRequest,
} from '../../../shared/semantics/webhooks/index.ts';
import type { SnsEndpoint } from './snsEndpoint.ts';

export interface VerifierOptions {
  clock: Clock;
  secret(name: string): string;
  sns: SnsEndpoint;
}

/** Says whether a delivery of a webhook is authentic, in whichever way its sender signs. */
export class Verifier {
  readonly #options: VerifierOptions;

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  /** `Unavailable` when what it takes to verify is not there: the sender may come again. */
  verify(hook: string, on: WebhookTrigger, request: WebhookRequest): Verification | Promise<Verification> {
    if (on.scheme === 'sns') return this.#verifySns(on.topic, request);
    const options = { secrets: this.#secretsOf(hook, on.secret), now: this.#options.clock.now() };
    const tolerance = 'tolerance' in on && on.tolerance !== undefined ? { tolerance: on.tolerance } : {};
    return schemeOf(on).verify(request, { ...options, ...tolerance });
  }

  /** The reason is for the operator's log, not for who sends. */
  #secretsOf(hook: string, name: string): string[] {
    try {
      return this.#options.secret(name).split('\n').filter(Boolean);
    } catch (cause) {
      console.error(`webhook "${hook}": ${(cause as Error).message}`);
      throw new CloudError('Unavailable', `webhook "${hook}" is not set up yet; its operator sees why in the log`, {
        details: { service: `webhook ${hook}`, reason: 'no secret' },
        retry: 'backoff',
        cause,
      });
    }
  }

  /** A confirmation is made once it is known to be of SNS and of the topic that is expected; then it needs no further effect. */
  async #verifySns(topic: string, { body }: WebhookRequest): Promise<Verification> {
    const { clock, sns } = this.#options;
    const message = readSnsMessage(jsonOf(body), topic);
    if (typeof message === 'string') return refused(message);
    const problem = snsSignatureProblem(message, await sns.certificate(message.SigningCertURL), clock.now());
    if (problem) return refused(problem);
    const { Type: event, MessageId: id } = message;
    if (event === 'Notification') return { verified: true, id, event, data: snsData(message) };
    if (event === 'SubscriptionConfirmation') await sns.confirm(message.SubscribeURL!);
    return { verified: true, id, event, ping: true };
  }
}

/** The scheme of a webhook that is signed with a secret. */
export function schemeOf(on: Exclude<WebhookTrigger, { scheme: 'sns' }>): Scheme {
  return on.scheme === 'hmac' ? hmac(on.signature) : schemes[on.scheme];
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
