import type { QueryLanguage, StateType } from '../definition.ts';
import { isExpression } from '../jsonata/index.ts';
import { parseTimestamp } from '../timestamp.ts';
import { checkChoices } from './choices.ts';
import {
  checkAssign,
  checkJsonata,
  checkPath,
  checkPathOrIntrinsic,
  checkPayload,
  checkReferencePath,
} from './expressions.ts';
import { checkReader, checkWriter } from './itemData.ts';
import { isObject, type Place, type Report } from './report.ts';
import { checkCatch, checkRetry } from './retry.ts';

type Machine = Record<string, unknown>;
type Nested = (machine: Machine, at: Place) => void;

const COMMON = ['Type', 'Comment', 'QueryLanguage'];
const ONWARD = ['Next', 'End'];
const PATHS = ['InputPath', 'OutputPath'];
const RESULTS = ['Parameters', 'ResultSelector', 'ResultPath'];
const TOLERANCE = ['ToleratedFailureCount', 'ToleratedFailurePercentage'];
const DISTRIBUTED = [
  'ItemReader',
  'ItemBatcher',
  'ResultWriter',
  'Label',
  ...TOLERANCE,
  ...TOLERANCE.map((field) => `${field}Path`),
];
const MAP = [
  'ItemProcessor',
  'Iterator',
  'ItemSelector',
  'MaxConcurrency',
  'Retry',
  'Catch',
  'ItemReader',
  'ItemBatcher',
  'ResultWriter',
  'Label',
  ...TOLERANCE,
];

/** The fields of each type of state: in both languages, in JSONPath alone, in JSONata alone. */
const FIELDS: Record<StateType, { both: string[]; JSONPath: string[]; JSONata: string[] }> = {
  Task: {
    both: [...ONWARD, 'Assign', 'Resource', 'TimeoutSeconds', 'HeartbeatSeconds', 'Credentials', 'Retry', 'Catch'],
    JSONPath: [...PATHS, ...RESULTS, 'TimeoutSecondsPath', 'HeartbeatSecondsPath'],
    JSONata: ['Arguments', 'Output'],
  },
  Pass: {
    both: [...ONWARD, 'Assign'],
    JSONPath: [...PATHS, 'Parameters', 'ResultPath', 'Result'],
    JSONata: ['Output'],
  },
  Choice: { both: ['Assign', 'Choices', 'Default'], JSONPath: PATHS, JSONata: ['Output'] },
  Wait: {
    both: [...ONWARD, 'Assign', 'Seconds', 'Timestamp'],
    JSONPath: [...PATHS, 'SecondsPath', 'TimestampPath'],
    JSONata: ['Output'],
  },
  // They need no End, and may have one.
  Succeed: { both: ['End'], JSONPath: PATHS, JSONata: ['Output'] },
  Fail: { both: ['End', 'Error', 'Cause'], JSONPath: ['ErrorPath', 'CausePath'], JSONata: [] },
  Parallel: {
    both: [...ONWARD, 'Assign', 'Branches', 'Retry', 'Catch'],
    JSONPath: [...PATHS, ...RESULTS],
    JSONata: ['Arguments', 'Output'],
  },
  Map: {
    both: [...ONWARD, 'Assign', ...MAP],
    JSONPath: [...PATHS, ...RESULTS, 'ItemsPath', 'MaxConcurrencyPath', ...TOLERANCE.map((field) => `${field}Path`)],
    JSONata: ['Items', 'Output'],
  },
};

/** Checks one state against its type and language; `nested` checks the machines inside of it. */
export function checkState(
  state: Machine,
  type: StateType,
  language: QueryLanguage,
  at: Place,
  report: Report,
  nested: Nested,
): void {
  const fields = FIELDS[type];
  report.onlyFields(state, at, [...COMMON, ...fields.both, ...fields[language]], `a ${type} state in ${language}`);
  if (fields.both.includes('Next')) checkOnward(state, at, report);
  if (state.Assign !== undefined) checkAssign(state.Assign, report.at(at, 'Assign'), language, report);
  if (state.Retry !== undefined) checkRetry(state.Retry, report.at(at, 'Retry'), report);
  if (state.Catch !== undefined) checkCatch(state.Catch, report.at(at, 'Catch'), language, report);
  checkDataFlow(state, language, at, report);
  OWN[type]?.(state, language, at, report, nested);
}

function checkOnward(state: Machine, at: Place, report: Report): void {
  const ends = state.End === true;
  if (state.End !== undefined && typeof state.End !== 'boolean')
    report.add(report.at(at, 'End'), 'true or false expected');
  if (ends && state.Next !== undefined) report.add(at, 'the state has both Next and End: true; keep one');
  if (!ends && state.Next === undefined) report.add(at, 'the state leads nowhere; give it Next or End: true');
}

function checkDataFlow(state: Machine, language: QueryLanguage, at: Place, report: Report): void {
  const check = (field: string, how: (value: unknown, place: Place, report: Report) => void): void => {
    if (state[field] !== undefined) how(state[field], report.at(at, field), report);
  };
  if (language === 'JSONata') {
    for (const field of ['Arguments', 'Output', 'Items', 'ItemSelector', 'Credentials']) check(field, checkJsonata);
    return;
  }
  for (const field of PATHS) if (state[field] !== null) check(field, checkPath);
  if (state.ResultPath !== null) check('ResultPath', checkReferencePath);
  for (const field of ['Parameters', 'ResultSelector', 'ItemSelector', 'Credentials']) check(field, checkPayload);
  const others = [
    'ItemsPath',
    'SecondsPath',
    'TimestampPath',
    'TimeoutSecondsPath',
    'HeartbeatSecondsPath',
    'MaxConcurrencyPath',
  ];
  for (const field of [...others, ...TOLERANCE.map((name) => `${name}Path`)]) check(field, checkPath);
  for (const field of ['ErrorPath', 'CausePath']) check(field, checkPathOrIntrinsic);
}

type Check = (state: Machine, language: QueryLanguage, at: Place, report: Report, nested: Nested) => void;

const OWN: Partial<Record<StateType, Check>> = {
  Task(state, language, at, report) {
    report.string(state.Resource, report.at(at, 'Resource'));
    for (const field of ['TimeoutSeconds', 'HeartbeatSeconds']) {
      report.oneOf(state, at, [field, `${field}Path`], 'at most one');
      checkAmount(state, field, language, at, report, (value, place) => report.seconds(value, place));
    }
    const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
    if (typeof timeout === 'number' && typeof heartbeat === 'number' && heartbeat >= timeout) {
      report.add(
        report.at(at, 'HeartbeatSeconds'),
        `${heartbeat} is not below TimeoutSeconds (${timeout}); make it smaller`,
      );
    }
  },
  Choice(state, language, at, report) {
    checkChoices(state.Choices, language, report.at(at, 'Choices'), report);
  },
  Wait(state, language, at, report) {
    const fields =
      language === 'JSONata' ? ['Seconds', 'Timestamp'] : ['Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath'];
    report.oneOf(state, at, fields, 'one');
    checkAmount(state, 'Seconds', language, at, report, (value, place) => report.seconds(value, place, 0));
    const { Timestamp: timestamp } = state;
    if (timestamp === undefined) return;
    if (language === 'JSONata' && isExpression(timestamp))
      return checkJsonata(timestamp, report.at(at, 'Timestamp'), report);
    if (typeof timestamp !== 'string' || parseTimestamp(timestamp) === undefined) {
      report.add(
        report.at(at, 'Timestamp'),
        `a timestamp such as 2030-01-31T12:00:00Z expected, got ${report.show(timestamp)}`,
      );
    }
  },
  Fail(state, language, at, report) {
    for (const field of ['Error', 'Cause']) {
      report.oneOf(state, at, [field, `${field}Path`], 'at most one');
      if (state[field] === undefined) continue;
      if (typeof state[field] !== 'string')
        report.add(report.at(at, field), `a text expected, got ${report.show(state[field])}`);
      else if (language === 'JSONata') checkJsonata(state[field], report.at(at, field), report);
    }
  },
  Parallel(state, _language, at, report, nested) {
    const place = report.at(at, 'Branches');
    if (!report.list(state.Branches, place)) return;
    for (const [i, branch] of state.Branches.entries()) checkNested(branch, report.at(place, i), report, nested);
  },
  Map(state, language, at, report, nested) {
    report.oneOf(state, at, ['ItemProcessor', 'Iterator'], 'one');
    for (const field of ['ItemProcessor', 'Iterator']) {
      if (state[field] !== undefined) checkNested(state[field], report.at(at, field), report, nested);
    }
    checkMode(state, at, report);
    if (state.ItemReader !== undefined) checkReader(state.ItemReader, language, report.at(at, 'ItemReader'), report);
    if (state.ResultWriter !== undefined)
      checkWriter(state.ResultWriter, language, report.at(at, 'ResultWriter'), report);
    for (const field of ['MaxConcurrency', ...TOLERANCE])
      report.oneOf(state, at, [field, `${field}Path`], 'at most one');
    checkAmount(state, 'MaxConcurrency', language, at, report, (value, place) =>
      report.integer(value, place, 0, 2 ** 31 - 1),
    );
    checkAmount(state, 'ToleratedFailureCount', language, at, report, (value, place) =>
      report.integer(value, place, 0, 2 ** 31 - 1),
    );
    checkAmount(state, 'ToleratedFailurePercentage', language, at, report, (value, place) =>
      report.number(value, place, 0, 100),
    );
    if (state.Parameters !== undefined && state.ItemSelector !== undefined)
      report.add(at, 'Parameters is the old name of ItemSelector; keep ItemSelector');
    if (language === 'JSONata' && typeof state.Items === 'string' && !isExpression(state.Items)) {
      report.add(report.at(at, 'Items'), `a list or an expression expected, got ${report.show(state.Items)}`);
    }
  },
};

function checkMode(state: Machine, at: Place, report: Report): void {
  const field = state.ItemProcessor === undefined ? 'Iterator' : 'ItemProcessor';
  const processor = state[field];
  const configuration = isObject(processor) ? processor.ProcessorConfig : undefined;
  const place = report.at(report.at(at, field), 'ProcessorConfig');
  if (configuration !== undefined && !isObject(configuration)) {
    report.add(place, 'an object expected');
    return;
  }
  const mode = configuration?.Mode ?? 'INLINE';
  if (mode !== 'INLINE' && mode !== 'DISTRIBUTED')
    report.add(report.at(place, 'Mode'), `INLINE or DISTRIBUTED expected, got ${report.show(mode)}`);
  if (mode === 'DISTRIBUTED') return;
  for (const field of DISTRIBUTED) {
    if (state[field] !== undefined) report.add(report.at(at, field), `${field} needs ProcessorConfig.Mode DISTRIBUTED`);
  }
}

/** Whether a machine is the processor of a Map in distributed mode. */
export const isDistributed = ({ ProcessorConfig }: Machine): boolean =>
  isObject(ProcessorConfig) && ProcessorConfig.Mode === 'DISTRIBUTED';

function checkNested(machine: unknown, at: Place, report: Report, nested: Nested): void {
  if (isObject(machine)) nested(machine, at);
  else report.add(at, 'a state machine with StartAt and States expected');
}

/** A field that is a number, or in JSONata an expression that gives one. */
function checkAmount(
  state: Machine,
  field: string,
  language: QueryLanguage,
  at: Place,
  report: Report,
  number: (value: unknown, place: Place) => void,
): void {
  const value = state[field];
  if (value === undefined) return;
  const place = report.at(at, field);
  if (language === 'JSONata' && typeof value === 'string' && isExpression(value)) checkJsonata(value, place, report);
  else number(value, place);
}
