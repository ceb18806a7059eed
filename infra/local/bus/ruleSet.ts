import type { Automation, Trigger } from '../../../shared/configuration.ts';
import type { CloudEvent } from '../../../shared/host.ts';
import { compile, matches } from '../../../shared/semantics/patterns/index.ts';

/** What automations are started by, and what they start. */
export type Rules = Record<string, Pick<Automation, 'on' | 'start'>>;

/** Answers which of the rules an event concerns. */
export class RuleSet {
  readonly rules: Rules;
  readonly #matching: (event: CloudEvent) => string[];

  /** Throws `InvalidInput` for a pattern that is not valid. */
  constructor(rules: Rules) {
    this.rules = rules;
    const patterns = Object.entries(rules).flatMap(([name, { on }]) =>
      on.kind === 'event' ? [{ name, pattern: on.pattern }] : [],
    );
    const index = compile(patterns.map(({ pattern }) => pattern));
    this.#matching = (event) => index.matching(event).map((position) => patterns[position]!.name);
  }

  has(rule: string): boolean {
    return Object.hasOwn(this.rules, rule);
  }

  /** The rules whose pattern matches an event. */
  matching(event: CloudEvent): string[] {
    return this.#matching(event);
  }

  /** The rules that an event starts: those whose pattern matches, and the one whose own webhook or schedule it came from. */
  startedBy(event: CloudEvent): string[] {
    return [...this.matching(event), ...this.#triggeredBy(event)];
  }

  #triggeredBy(event: CloudEvent): string[] {
    const [, kind, name] = /^\/(webhook|schedule)s\/(.+)$/.exec(event.source) ?? [];
    if (name === undefined || !this.has(name)) return [];
    const { on } = this.rules[name]!;
    return on.kind === kind && isFiring(on, event) ? [name] : [];
  }
}

/** Whether an event from the source of a trigger is one that it starts something for. */
function isFiring(on: Trigger, { type, data }: CloudEvent): boolean {
  if (on.kind === 'schedule') return type === 'cloudlib.schedule';
  if (on.kind !== 'webhook' || (on.event !== undefined && type !== `cloudlib.webhook.${on.event}`)) return false;
  return on.match === undefined || matches(on.match, data);
}
