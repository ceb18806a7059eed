import { z } from 'zod';
import type {
  Automation,
  OperationTarget,
  RetryPolicy,
  ScheduleTrigger,
  Target,
  WebhookTrigger,
} from '../../../shared/configuration.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import { type Place, placeOf, placeText } from '../../../shared/core/place.ts';
import type { DeclaredOperation } from '../../../shared/operationDescription.ts';
import {
  impossibilities,
  type KnownEvents,
  type Pattern,
  type Problem,
  validate,
} from '../../../shared/semantics/patterns/index.ts';
import { next, parse, withinWindow } from '../../../shared/semantics/schedules/index.ts';
import { expressionText, isExpression, syntaxError } from '../../../shared/semantics/states/jsonata/index.ts';
import { hmacProblems, schemes } from '../../../shared/semantics/webhooks/index.ts';
import { rateLimitProblem } from '../gateway/rateLimits.ts';
import { minutesOf } from '../scheduler.ts';
import { destinationProblems } from './destinationProblems.ts';
import { knownEvents } from './knownEvents.ts';
import { LONGEST_AGE, MOST_ATTEMPTS } from './retry.ts';

/** What automations may refer to. */
export interface Known {
  operations: Record<string, DeclaredOperation>;
  workflows: string[];
  providers: string[];
}

/** Everything because of which an automation could never do its work, by the automation's name and with the place where it is written. */
export function automationProblems(automations: Record<string, Automation>, known: Known): string[] {
  const events = knownEvents(known.operations);
  return Object.entries(automations).flatMap(([name, automation]) =>
    problemsOf(automation ?? {}, { ...known, events }).map(({ problem, place }) => {
      const where = place ? ` (${placeText(place)})` : '';
      return `automation "${name}": ${problem}${where}`;
    }),
  );
}

const UNORDERED = 'ordered: only the events of event(…) have a subject to be ordered by';

/** A problem, and where the part of the automation is written that has it. */
interface Found {
  problem: string;
  place: Place | undefined;
}

function problemsOf({ on, start, retry, ordered }: Automation, known: Known & { events: KnownEvents }): Found[] {
  const at = (part: unknown) => (problem: string) => ({ problem, place: placeOf(part) ?? placeOf(start) });
  return [
    ...triggerProblems(on, known.events).map(at(on)),
    ...targetProblems(start, known).map(at(start)),
    ...retryProblems(retry).map(at(on)),
    ...(ordered && on?.kind !== 'event' ? [UNORDERED] : []).map(at(on)),
  ];
}

function triggerProblems(on: Automation['on'], events: KnownEvents): string[] {
  switch (on?.kind) {
    case 'event':
      return eventProblems(on.pattern, events);
    case 'webhook':
      return webhookProblems(on);
    case 'schedule':
      return scheduleProblems(on);
    default:
      return ['`on` is none of event(…), schedule(…) and webhook.…(…)'];
  }
}

/** What is not valid, or else what no event could ever match. */
function eventProblems(pattern: Pattern, events: KnownEvents): string[] {
  const invalid = patternProblems(pattern, 'event pattern');
  if (invalid.length) return invalid;
  return impossibilities(pattern, events).map((problem) => `the pattern can never match: ${problem}`);
}

function webhookProblems(on: WebhookTrigger): string[] {
  const rate = on.rateLimit && rateLimitProblem(on.rateLimit);
  return [
    ...(on.match ? patternProblems(on.match, 'match') : []),
    ...(rate === undefined ? [] : [rate]),
    ...schemeProblems(on),
  ];
}

function schemeProblems(on: WebhookTrigger): string[] {
  switch (on.scheme) {
    case 'sns':
      return /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[\w.-]+$/.test(on.topic)
        ? []
        : [
            `topic: ${JSON.stringify(on.topic)} is not the ARN of a topic, such as arn:aws:sns:eu-central-1:123456789012:orders`,
          ];
    case 'hmac':
      return [
        ...secretProblems(on.secret),
        ...hmacProblems(on.signature ?? {}).map((problem) => `signature: ${problem}`),
      ];
    default:
      return Object.hasOwn(schemes, on.scheme) ? secretProblems(on.secret) : [`there is no scheme "${on.scheme}"`];
  }
}

const secretProblems = (secret: unknown): string[] =>
  typeof secret === 'string' && secret !== '' ? [] : ['secret: name the secret that signs the deliveries'];

function patternProblems(pattern: unknown, place: string): string[] {
  return validate(pattern).map(({ pointer, message }: Problem) => `${place} ${pointer || '(as a whole)'}: ${message}`);
}

function scheduleProblems({ expression, timeZone, start, end, missed, flexibleWindow }: ScheduleTrigger): string[] {
  try {
    parse(expression);
    next(expression, new Date(0), { ...(timeZone !== undefined && { timeZone }) });
    if (flexibleWindow !== undefined) withinWindow(new Date(0), minutesOf(flexibleWindow), '');
  } catch (error) {
    return [(error as Error).message];
  }
  if (start && end && start > end) return [`schedule: it ends (${end.toISOString()}) before it starts`];
  if (missed === undefined || ['once', 'skip'].includes(missed)) return [];
  return [`schedule: missed is ${JSON.stringify(missed)}; write "once" or "skip"`];
}

function targetProblems(start: Target, known: Known): string[] {
  if (start?.kind === 'workflow') {
    const found = known.workflows.includes(start.workflow);
    return found
      ? templateProblems(start.input)
      : [`there is no workflow "${start.workflow}"; there are: ${known.workflows.join(', ')}`];
  }
  if (start?.kind === 'operation') return operationProblems(start, known);
  if (start?.kind === 'http') return [...destinationProblems(start), ...templateProblems(start.input ?? null)];
  return ['`start` is none of workflow(…), operation(…) and http(…)'];
}

function operationProblems({ operation: name, input, provider }: OperationTarget, known: Known): string[] {
  const operation = Object.hasOwn(known.operations, name) ? known.operations[name] : undefined;
  if (!operation) return [`there is no operation "${name}"; list those that exist with "cloudlib operations"`];
  const problems = [...templateProblems(input), ...inputProblems(operation, input)];
  if (provider === undefined || known.providers.includes(provider)) return problems;
  return [...problems, `there is no provider "${provider}"; the configuration has ${known.providers.join(', ')}`];
}

/** What is wrong with an input whatever its templates will give. */
function inputProblems({ name, input: schema }: DeclaredOperation, input: Json): string[] {
  if (isExpression(input)) return [];
  const { error } = z.safeDecode(schema, input);
  const fixed = error?.issues.filter(
    ({ code, path }) => code === 'unrecognized_keys' || !hasTemplate(valueAt(input, path)),
  );
  return (fixed ?? []).map(({ path, message }) => `${name} input ${path.join('.') || '(as a whole)'}: ${message}`);
}

function templateProblems(value: Json, place = 'input'): string[] {
  if (isExpression(value)) {
    const problem = syntaxError(expressionText(value));
    return problem === undefined ? [] : [`${place}: the expression ${value} is not JSONata: ${problem}`];
  }
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, member]) => templateProblems(member, `${place}.${key}`));
}

function hasTemplate(value: Json | undefined): boolean {
  if (value === undefined || value === null) return false;
  return typeof value === 'object' ? Object.values(value).some(hasTemplate) : isExpression(value);
}

const valueAt = (value: Json, path: PropertyKey[]): Json | undefined =>
  path.reduce<Json | undefined>((at, key) => (at as Record<PropertyKey, Json> | undefined)?.[key], value);

function retryProblems({ maximumAttempts = 1, maximumAge = LONGEST_AGE }: RetryPolicy = {}): string[] {
  const problems: string[] = [];
  if (!Number.isInteger(maximumAttempts) || maximumAttempts < 1 || maximumAttempts > MOST_ATTEMPTS) {
    problems.push(`retry.maximumAttempts: ${maximumAttempts} is not a whole number from 1 to ${MOST_ATTEMPTS}`);
  }
  // Not `instanceof`: the configuration may come from another copy of the package.
  if (!(maximumAge?.milliseconds <= LONGEST_AGE.milliseconds)) {
    problems.push(`retry.maximumAge: ${maximumAge} is not a duration of at most 24 hours, such as Duration.hours(6)`);
  }
  return problems;
}
