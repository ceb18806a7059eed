import { OPERATORS } from '../choiceRules.ts';
import type { QueryLanguage } from '../definition.ts';
import { parseTimestamp } from '../timestamp.ts';
import { checkAssign, checkExpression, checkJsonata, checkPath } from './expressions.ts';
import { isObject, type Place, type Report } from './report.ts';

const COMBINERS = ['And', 'Or', 'Not'];
const TOP = { JSONPath: ['Comment', 'Next', 'Assign'], JSONata: ['Comment', 'Next', 'Assign', 'Condition', 'Output'] };

/** Checks the rules of a Choice. */
export function checkChoices(value: unknown, language: QueryLanguage, place: Place, report: Report): void {
  if (!report.list(value, place)) return;
  for (const [i, rule] of value.entries()) {
    const at = report.at(place, i);
    if (!isObject(rule)) {
      report.add(at, 'a rule is an object');
      continue;
    }
    if (rule.Assign !== undefined) checkAssign(rule.Assign, report.at(at, 'Assign'), language, report);
    if (language === 'JSONPath') checkRule(rule, at, TOP.JSONPath, report);
    else checkCondition(rule, at, report);
  }
}

function checkCondition(rule: Record<string, unknown>, at: Place, report: Report): void {
  report.onlyFields(rule, at, TOP.JSONata, 'a rule in JSONata');
  if (typeof rule.Condition !== 'boolean') checkExpression(rule.Condition, report.at(at, 'Condition'), report);
  checkJsonata(rule.Output, report.at(at, 'Output'), report);
}

function checkRule(rule: Record<string, unknown>, at: Place, allowed: string[], report: Report): void {
  const combiner = COMBINERS.find((name) => rule[name] !== undefined);
  if (combiner) {
    report.onlyFields(rule, at, [...allowed, combiner], `a rule with ${combiner}`);
    const place = report.at(at, combiner);
    if (combiner === 'Not') {
      checkInner(rule.Not, place, report);
      return;
    }
    if (report.list(rule[combiner], place)) {
      for (const [i, inner] of (rule[combiner] as unknown[]).entries()) checkInner(inner, report.at(place, i), report);
    }
    return;
  }
  report.onlyFields(rule, at, [...allowed, 'Variable', ...OPERATORS], 'a rule in JSONPath');
  checkPath(rule.Variable, report.at(at, 'Variable'), report);
  const operators = OPERATORS.filter((name) => rule[name] !== undefined);
  if (operators.length !== 1) {
    report.add(
      at,
      `exactly one comparison expected, got ${operators.join(' and ') || 'none'}; the comparisons are ${OPERATORS.join(', ')}`,
    );
    return;
  }
  checkOperand(operators[0]!, rule[operators[0]!], report.at(at, operators[0]!), report);
}

function checkInner(rule: unknown, at: Place, report: Report): void {
  if (isObject(rule)) checkRule(rule, at, ['Comment'], report);
  else report.add(at, 'a rule is an object');
}

function checkOperand(operator: string, operand: unknown, place: Place, report: Report): void {
  if (operator.endsWith('Path')) {
    checkPath(operand, place, report);
    return;
  }
  const expected = operator.startsWith('String') ? 'string' : operator.startsWith('Numeric') ? 'number' : 'boolean';
  if (operator.startsWith('Timestamp')) {
    if (typeof operand !== 'string' || parseTimestamp(operand) === undefined)
      report.add(place, `a timestamp such as 2030-01-31T12:00:00Z expected, got ${report.show(operand)}`);
  } else if (typeof operand !== expected) report.add(place, `a ${expected} expected, got ${report.show(operand)}`);
}
