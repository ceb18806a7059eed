import { type QueryLanguage, STATE_TYPES } from '../definition.ts';
import { isObject, type Place, type Problem, Report } from './report.ts';
import { checkState, isDistributed } from './state.ts';
import { checkScope } from './variables.ts';

const MACHINE_FIELDS = ['Comment', 'StartAt', 'States', 'QueryLanguage', 'Version', 'TimeoutSeconds'];
const NESTED_FIELDS = ['Comment', 'StartAt', 'States', 'ProcessorConfig'];
const LONGEST_NAME = 80;

/** Everything that is wrong with a definition, before any of it runs; an empty list for a good one. */
export function validate(definition: unknown): Problem[] {
  const report = new Report();
  if (!isObject(definition)) {
    report.add({ pointer: '' }, 'a state machine is a JSON object with StartAt and States');
    return report.problems;
  }
  checkMachine(definition, { pointer: '' }, 'JSONPath', report, new Set(), new Set(), true);
  return report.problems;
}

function checkMachine(
  machine: Record<string, unknown>,
  place: Place,
  outer: QueryLanguage,
  report: Report,
  names: Set<string>,
  outerVariables: ReadonlySet<string>,
  top: boolean,
): void {
  report.onlyFields(machine, place, top ? MACHINE_FIELDS : NESTED_FIELDS, 'a state machine');
  const language = report.language(machine, place, outer, top);
  if (machine.TimeoutSeconds !== undefined) report.seconds(machine.TimeoutSeconds, report.at(place, 'TimeoutSeconds'));
  const { States: states, StartAt: startAt } = machine;
  if (!isObject(states) || Object.keys(states).length === 0) {
    report.add(report.at(place, 'States'), 'a state machine has an object of at least one state here');
    return;
  }
  if (typeof startAt !== 'string') report.add(report.at(place, 'StartAt'), 'the name of the first state is missing');
  else if (!Object.hasOwn(states, startAt)) report.add(report.at(place, 'StartAt'), noSuchState(startAt, states));
  const variables = checkScope(states, outerVariables, report.at(place, 'States'), report);
  for (const [name, state] of Object.entries(states)) {
    const at = report.at(report.at(place, 'States'), name);
    checkName(name, at, names, report);
    // An item of a distributed Map is an execution of its own, which sees no variable of this one.
    checkOne(state, at, language, states, report, (inner, pointer) =>
      checkMachine(inner, pointer, language, report, names, isDistributed(inner) ? new Set() : variables, false),
    );
  }
  if (typeof startAt === 'string' && Object.hasOwn(states, startAt)) checkReach(states, startAt, place, report);
}

function checkOne(
  state: unknown,
  at: Place,
  outer: QueryLanguage,
  states: Record<string, unknown>,
  report: Report,
  nested: (machine: Record<string, unknown>, at: Place) => void,
): void {
  if (!isObject(state)) {
    report.add(at, 'a state is a JSON object');
    return;
  }
  const type = STATE_TYPES.find((known) => known === state.Type);
  if (!type) {
    report.add(
      report.at(at, 'Type'),
      `${report.show(state.Type)} is no type of state; use one of ${STATE_TYPES.join(', ')}`,
    );
    return;
  }
  const language = report.language(state, at, outer, false);
  for (const { name, place } of transitionsOf(state, at, report)) {
    if (typeof name !== 'string') report.add(place, 'the name of the next state is missing');
    else if (!Object.hasOwn(states, name)) report.add(place, noSuchState(name, states));
  }
  checkState(state, type, language, at, report, nested);
}

function checkName(name: string, at: Place, names: Set<string>, report: Report): void {
  if (name.length > LONGEST_NAME)
    report.add(at, `the name has ${name.length} characters; the most are ${LONGEST_NAME}`);
  if (names.has(name))
    report.add(
      at,
      `another state of this state machine has the name "${name}"; names are unique in all of it, with its branches`,
    );
  names.add(name);
}

interface Transition {
  name: unknown;
  place: Place;
}

/** Every way out of a state: Next, Default, and the Next of its rules and catchers. */
function transitionsOf(state: Record<string, unknown>, at: Place, report: Report): Transition[] {
  const lists = ['Choices', 'Catch'].flatMap((field) => {
    const list = Array.isArray(state[field]) ? (state[field] as unknown[]) : [];
    return list.flatMap((entry, i) => {
      const place = report.at(report.at(report.at(at, field), i), 'Next');
      return isObject(entry) ? [{ name: entry.Next, place }] : [];
    });
  });
  const direct = ['Next', 'Default'].flatMap((field) =>
    state[field] === undefined ? [] : [{ name: state[field], place: report.at(at, field) }],
  );
  return [...direct, ...lists];
}

function checkReach(states: Record<string, unknown>, startAt: string, place: Place, report: Report): void {
  const reached = new Set([startAt]);
  for (const name of reached) {
    const state = states[name];
    if (!isObject(state)) continue;
    for (const next of transitionsOf(state, place, report)) {
      if (typeof next.name === 'string' && Object.hasOwn(states, next.name)) reached.add(next.name);
    }
  }
  for (const name of Object.keys(states)) {
    if (reached.has(name)) continue;
    report.add(
      report.at(report.at(place, 'States'), name),
      `no state leads to "${name}"; remove it or let one go there`,
    );
  }
  const ends = [...reached].some((name) => isObject(states[name]) && isTerminal(states[name]));
  if (!ends)
    report.add(
      report.at(place, 'States'),
      'no state that can be reached ends the machine; give one End: true, or add a Succeed or Fail',
    );
}

const isTerminal = (state: Record<string, unknown>): boolean =>
  state.End === true || state.Type === 'Succeed' || state.Type === 'Fail';

const noSuchState = (name: string, states: Record<string, unknown>): string =>
  `there is no state "${name}" here; the states are ${Object.keys(states)
    .map((known) => `"${known}"`)
    .join(', ')}`;
