import type { QueryLanguage } from '../definition.ts';
import { checkAssign, checkJsonata, checkReferencePath } from './expressions.ts';
import { isObject, type Place, type Report } from './report.ts';

const RETRIER = [
  'Comment',
  'ErrorEquals',
  'IntervalSeconds',
  'MaxAttempts',
  'BackoffRate',
  'MaxDelaySeconds',
  'JitterStrategy',
];
const CATCHER = {
  JSONPath: ['Comment', 'ErrorEquals', 'Next', 'ResultPath', 'Assign'],
  JSONata: ['Comment', 'ErrorEquals', 'Next', 'Output', 'Assign'],
};
const MOST_ATTEMPTS = 99_999_999;
const MOST_DELAY_SECONDS = 31_622_400;

/** Checks a Retry: its retriers and the order of their errors. */
export function checkRetry(value: unknown, place: Place, report: Report): void {
  if (!Array.isArray(value)) {
    report.add(place, `a list expected, got ${report.show(value)}`);
    return;
  }
  for (const [i, retrier] of value.entries() as ArrayIterator<[number, unknown]>) {
    const at = report.at(place, i);
    if (!isObject(retrier)) {
      report.add(at, 'an object with ErrorEquals expected');
      continue;
    }
    report.onlyFields(retrier, at, RETRIER, 'a retrier');
    checkErrors(retrier.ErrorEquals, report.at(at, 'ErrorEquals'), i === value.length - 1, report);
    checkTimes(retrier, at, report);
  }
}

function checkTimes(retrier: Record<string, unknown>, at: Place, report: Report): void {
  const { IntervalSeconds, MaxAttempts, BackoffRate, MaxDelaySeconds, JitterStrategy } = retrier;
  if (IntervalSeconds !== undefined) report.seconds(IntervalSeconds, report.at(at, 'IntervalSeconds'));
  if (MaxAttempts !== undefined) report.integer(MaxAttempts, report.at(at, 'MaxAttempts'), 0, MOST_ATTEMPTS);
  if (BackoffRate !== undefined) report.number(BackoffRate, report.at(at, 'BackoffRate'), 1);
  if (MaxDelaySeconds !== undefined) {
    report.integer(MaxDelaySeconds, report.at(at, 'MaxDelaySeconds'), 1, MOST_DELAY_SECONDS);
    const interval = typeof IntervalSeconds === 'number' ? IntervalSeconds : 1;
    if (typeof MaxDelaySeconds === 'number' && MaxDelaySeconds <= interval) {
      report.add(
        report.at(at, 'MaxDelaySeconds'),
        `${MaxDelaySeconds} is not above IntervalSeconds (${interval}); make it larger`,
      );
    }
  }
  if (JitterStrategy !== undefined && JitterStrategy !== 'FULL' && JitterStrategy !== 'NONE') {
    report.add(report.at(at, 'JitterStrategy'), `FULL or NONE expected, got ${report.show(JitterStrategy)}`);
  }
}

/** Checks a Catch: its catchers and the order of their errors. */
export function checkCatch(value: unknown, place: Place, language: QueryLanguage, report: Report): void {
  if (!Array.isArray(value)) {
    report.add(place, `a list expected, got ${report.show(value)}`);
    return;
  }
  for (const [i, catcher] of value.entries() as ArrayIterator<[number, unknown]>) {
    const at = report.at(place, i);
    if (!isObject(catcher)) {
      report.add(at, 'an object with ErrorEquals and Next expected');
      continue;
    }
    report.onlyFields(catcher, at, CATCHER[language], `a catcher in ${language}`);
    checkErrors(catcher.ErrorEquals, report.at(at, 'ErrorEquals'), i === value.length - 1, report);
    if (catcher.Assign !== undefined) checkAssign(catcher.Assign, report.at(at, 'Assign'), language, report, true);
    if (language === 'JSONata') checkJsonata(catcher.Output, report.at(at, 'Output'), report, true);
    else if (catcher.ResultPath != null) checkReferencePath(catcher.ResultPath, report.at(at, 'ResultPath'), report);
  }
}

function checkErrors(value: unknown, place: Place, last: boolean, report: Report): void {
  if (!report.list(value, place)) return;
  for (const [i, name] of value.entries()) {
    if (typeof name !== 'string')
      report.add(report.at(place, i), `the name of an error expected, got ${report.show(name)}`);
  }
  if (!value.includes('States.ALL')) return;
  if (value.length > 1) report.add(place, 'States.ALL stands alone; remove the other names');
  if (!last) report.add(place, 'States.ALL covers what comes after it; put it last');
}
