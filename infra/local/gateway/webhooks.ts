import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Automation, WebhookTrigger, WorkflowTarget } from '../../../shared/configuration.ts';
import type { Clock } from '../../../shared/core/clock.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import { transaction } from '../../../shared/drivers/sqlite/database.ts';
import type { CloudEvent } from '../../../shared/host.ts';
import { matches } from '../../../shared/semantics/patterns/index.ts';
import { evaluateTemplate } from '../../../shared/semantics/states/template.ts';
import { isShallow } from '../bus/cloudEvent.ts';
import { RateLimits } from './rateLimits.ts';
import { SnsEndpoint } from './snsEndpoint.ts';
import { Verifier } from './verification.ts';

/** What a delivery is answered: a status of HTTP and a JSON body. */
export interface WebhookAnswer {
  status: 200 | 202 | 400 | 401 | 404 | 409;
  body: { [key: string]: Json };
}

export interface WebhookDesk {
  /** Looked at with each delivery, so that they can change. */
  automations: Record<string, Automation>;
  database: DatabaseSync;
  /** Where events go as part of the transaction that is open; `rule` gets it delivered besides those that match it. */
  events: { append(event: CloudEvent, rule?: string): boolean };
  clock: Clock;
  secret(name: string): string;
  /** Where Amazon SNS is asked for certificates and confirmations. */
  sns?: SnsEndpoint;
  /** Starts a workflow as part of the transaction that is open; the same name again is the same execution. */
  start(workflow: string, input: Json, name: string): string;
}

/** Webhooks: verified over the raw bytes, and accepted once: the delivery, its event and the execution are one commit. */
export class Webhooks {
  readonly #desk: WebhookDesk;
  readonly #limits = new RateLimits();
  readonly #verifier: Verifier;

  constructor(desk: WebhookDesk) {
    this.#desk = desk;
    this.#verifier = new Verifier({ ...desk, sns: desk.sns ?? new SnsEndpoint(desk.clock) });
    desk.database.exec(`create table if not exists deliveries (hook text not null, id text not null, body_hash text not null,
      execution text, primary key (hook, id)) strict`);
  }

  /** The names of the hooks. */
  names(): string[] {
    const { automations } = this.#desk;
    return Object.keys(automations).filter((name) => automations[name]!.on.kind === 'webhook');
  }

  /** In how many seconds to come again, when a hook has taken as many deliveries as it may; asked before anything else is done. */
  secondsToWait(hook: string): number | undefined {
    const on = this.#automation(hook)?.on;
    return on && this.#limits.take(hook, on.rateLimit, this.#desk.clock.now());
  }

  async receive(hook: string, headers: Record<string, string | undefined>, body: Uint8Array): Promise<WebhookAnswer> {
    const automation = this.#automation(hook);
    if (!automation) return refusal(404, `there is no webhook "${hook}" here`);
    const { on } = automation;
    const verification = await this.#verifier.verify(hook, on, { headers, body });
    if (!verification.verified) return refusal(401, verification.reason);
    if (verification.ping) return { status: 200, body: { pong: true } };
    const data = verification.data ?? parse(body);
    if (data === undefined) return refusal(400, 'the body is not JSON');
    if (!isShallow(data)) return refusal(400, 'the body is nested more than 100 levels deep');
    const { id, event } = verification;
    if (on.event !== undefined && event !== on.event)
      return ignored(`it is a ${event ?? 'delivery without an event'}, not a ${on.event}`);
    if (on.match && !matches(on.match, data)) return ignored('its body does not match the pattern');
    return transaction(this.#desk.database, () =>
      this.#accept(hook, automation, { id, event, data, bodyHash: sha256(body) }),
    );
  }

  #automation(hook: string): (Automation & { on: WebhookTrigger }) | undefined {
    const { automations } = this.#desk;
    const found = Object.hasOwn(automations, hook) ? automations[hook] : undefined;
    return found?.on.kind === 'webhook' ? { ...found, on: found.on } : undefined;
  }

  #accept(
    hook: string,
    { start }: Pick<Automation, 'start'>,
    delivery: { id: string; event: string | undefined; data: Json; bodyHash: string },
  ): WebhookAnswer {
    const { database, events, clock } = this.#desk;
    const before = database
      .prepare('select body_hash, execution from deliveries where hook = ? and id = ?')
      .get(hook, delivery.id);
    if (before && before.body_hash !== delivery.bodyHash) {
      return refusal(409, `delivery "${delivery.id}" came before with another body; a new delivery needs a new id`);
    }
    if (before) return accepted(delivery.id, before.execution as string | null);
    const event: CloudEvent = {
      specversion: '1.0',
      id: delivery.id,
      source: `/webhooks/${hook}`,
      type: `cloudlib.webhook.${delivery.event ?? 'delivery'}`,
      time: clock.now().toISOString(),
      datacontenttype: 'application/json',
      data: delivery.data,
    };
    const execution = start.kind === 'workflow' ? this.#start(hook, start, event) : null;
    database.prepare('insert into deliveries values (?, ?, ?, ?)').run(hook, delivery.id, delivery.bodyHash, execution);
    events.append(event, start.kind === 'workflow' ? undefined : hook);
    return accepted(delivery.id, execution);
  }

  #start(hook: string, { workflow, input }: WorkflowTarget, event: CloudEvent): string {
    const filled = evaluateTemplate(
      input,
      { event: event as Json },
      { now: this.#desk.clock.now().getTime(), seed: `${hook}\n${event.id}` },
    );
    return this.#desk.start(workflow, filled, `webhook-${hook}-${sha256(Buffer.from(event.id)).slice(0, 16)}`);
  }
}

/** An operation has no execution: its delivery is found by the event. */
const accepted = (id: string, execution: string | null): WebhookAnswer => ({
  status: 202,
  body: execution === null ? { event: id } : { execution },
});

function parse(body: Uint8Array): Json | undefined {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const refusal = (status: 400 | 401 | 404 | 409, message: string): WebhookAnswer => ({
  status,
  body: { error: message },
});

const ignored = (reason: string): WebhookAnswer => ({ status: 202, body: { ignored: reason } });
