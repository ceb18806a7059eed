import { describeTarget, type Target } from '../../../shared/configuration.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import type { CloudEvent, DryReplay, DryStart, RuleForecast } from '../../../shared/host.ts';
import { evaluateTemplate } from '../../../shared/semantics/states/template.ts';
import type { LoggedEvent } from '../store/events.ts';
import type { RuleSet } from './ruleSet.ts';

/** How many starts are listed; all of them are counted. */
const MOST_LISTED = 1_000;

/** Gathers what events of the past would have started under other rules, and how that differs from the rules that run. */
export class Forecast {
  readonly #proposed: RuleSet;
  readonly #running: RuleSet;
  readonly #only: string | undefined;
  readonly #counts = new Map<string, RuleForecast>();
  readonly #starts: DryStart[] = [];
  #events = 0;
  #found = 0;

  constructor(proposed: RuleSet, running: RuleSet, only?: string) {
    this.#proposed = proposed;
    this.#running = running;
    this.#only = only;
    for (const name of new Set([...Object.keys(proposed.rules), ...Object.keys(running.rules)])) {
      if (only !== undefined && name !== only) continue;
      const { start } = (proposed.rules[name] ?? running.rules[name])!;
      this.#counts.set(name, {
        rule: name,
        target: describeTarget(start),
        starts: 0,
        added: 0,
        removed: 0,
        changed: 0,
        dead: 0,
      });
    }
  }

  add({ cursor, event }: LoggedEvent): void {
    this.#events += 1;
    const [then, now] = [this.#proposed.startedBy(event), this.#running.startedBy(event)];
    for (const rule of then) this.#start(rule, cursor, event, now.includes(rule));
    for (const rule of now)
      if (!then.includes(rule)) this.#note({ rule, event: nameOf(cursor, event), change: 'removed' });
  }

  result(): DryReplay {
    return {
      events: this.#events,
      rules: [...this.#counts.values()],
      starts: this.#starts,
      unlisted: this.#found - this.#starts.length,
    };
  }

  #start(rule: string, cursor: number, event: CloudEvent, runs: boolean): void {
    const { start } = this.#proposed.rules[rule]!;
    const isSame = runs && JSON.stringify(start) === JSON.stringify(this.#running.rules[rule]!.start);
    const problem = problemOf(start, event);
    this.#note({
      rule,
      event: nameOf(cursor, event),
      ...(!isSame && { change: runs ? 'changed' : 'added' }),
      ...(problem !== undefined && { problem }),
    });
  }

  #note(start: DryStart): void {
    if (this.#only !== undefined && start.rule !== this.#only) return;
    const counts = this.#counts.get(start.rule)!;
    if (start.change !== 'removed') counts.starts += 1;
    if (start.change) counts[start.change] += 1;
    if (start.problem !== undefined) counts.dead += 1;
    this.#found += 1;
    if (this.#starts.length < MOST_LISTED) this.#starts.push(start);
  }
}

const nameOf = (cursor: number, { source, id, type }: CloudEvent): DryStart['event'] => ({ cursor, source, id, type });

/** Why the target's input could not be made from an event, if it could not. */
function problemOf({ input }: Target, event: CloudEvent): string | undefined {
  if (input === undefined) return undefined;
  try {
    evaluateTemplate(input, { event: event as Json }, { now: Date.parse(event.time), seed: event.id });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
