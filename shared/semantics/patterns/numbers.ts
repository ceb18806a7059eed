import type { Matcher, Report } from './pattern.ts';
import { member, show } from './pattern.ts';

const LIMIT = 5e9;

/** Whether a number can be compared by size: it lies between −5e9 and 5e9. */
export function isComparable(value: number): boolean {
  return Math.abs(value) <= LIMIT;
}

/** What is wrong with a number that cannot be compared. */
export const incomparable = (value: number): string =>
  `${value} is outside of −5e9 to 5e9, the numbers that can be compared`;

const LOWER = ['>', '>='];
const UPPER = ['<', '<='];

/** Reads the value of `numeric`: one comparison, or a lower bound and then an upper one. */
export function parseNumeric(value: unknown, pointer: string, report: Report): Matcher | undefined {
  if (!Array.isArray(value))
    return report(pointer, `numeric is ${show(value)}; write a list such as [">", 0, "<=", 5]`);
  if (value.length !== 2 && value.length !== 4) {
    return report(
      pointer,
      `numeric has ${value.length} elements; write one comparison (two) or a lower and an upper bound (four)`,
    );
  }
  const [operator, bound, secondOperator, secondBound] = value;
  const wrong = operandProblems(value, pointer, report);
  if (wrong) return undefined;
  if (value.length === 4) {
    if (!LOWER.includes(operator) || !UPPER.includes(secondOperator)) {
      const text = `numeric compares with ${show(operator)} and then ${show(secondOperator)}; write ">" or ">=" first and "<" or "<=" second`;
      return report(pointer, text);
    }
    if (bound >= secondBound)
      return report(pointer, `numeric: the lower bound ${bound} is not below the upper bound ${secondBound}`);
    return {
      kind: 'Numeric',
      low: bound,
      lowOpen: operator === '>',
      high: secondBound,
      highOpen: secondOperator === '<',
    };
  }
  if (operator !== '=' && bound === (LOWER.includes(operator) ? LIMIT : -LIMIT))
    return report(pointer, `numeric: ${bound} is the last number that can be compared, so there is no range beyond it`);
  if (operator === '=') return { kind: 'Numeric', low: bound, lowOpen: false, high: bound, highOpen: false };
  return LOWER.includes(operator)
    ? { kind: 'Numeric', low: bound, lowOpen: operator === '>', high: LIMIT, highOpen: false }
    : { kind: 'Numeric', low: -LIMIT, lowOpen: false, high: bound, highOpen: operator === '<' };
}

function operandProblems(value: unknown[], pointer: string, report: Report): boolean {
  let wrong = false;
  for (const [index, operand] of value.entries()) {
    const message = index % 2 === 0 ? operatorProblem(operand) : boundProblem(operand);
    if (!message) continue;
    report(member(pointer, index), message);
    wrong = true;
  }
  return wrong;
}

function operatorProblem(operand: unknown): string | undefined {
  if (['=', ...LOWER, ...UPPER].includes(operand as string)) return undefined;
  return `${show(operand)} is not a comparison; write one of = < <= > >=`;
}

function boundProblem(operand: unknown): string | undefined {
  if (typeof operand !== 'number') return `${show(operand)} is not a number`;
  if (!isComparable(operand)) return incomparable(operand);
  return undefined;
}
