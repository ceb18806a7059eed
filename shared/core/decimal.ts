import Big from 'big.js';

/** The most significant digits that a number may have, and the powers of ten of its first one: those of DynamoDB. */
const MOST_DIGITS = 38;
const LARGEST_EXPONENT = 125;
const SMALLEST_EXPONENT = -130;
const LONGEST_TEXT = 400;

/** Raised for a text that is not a number or a number that cannot be kept; a schema turns it into a validation issue. */
export class DecimalError extends Error {
  override name = 'DecimalError';
}

/** A number that is exact: a JavaScript number where that is exact, else a `Decimal`. */
export type Numeric = number | Decimal;

/**
 * A decimal number of up to 38 significant digits that a JavaScript number would round. It is made by `decimal`, which gives a JavaScript
 * number for everything else: so a number has one form in memory, and two equal numbers are equal values.
 */
export class Decimal {
  /** Without trailing zeros; with an exponent from 1e+21 on, and below 1e-7. */
  readonly text: string;

  private constructor(text: string) {
    this.text = text;
  }

  /** @internal Of a number that was found to be inexact as a JavaScript number; use `decimal`. */
  static ofCanonical(text: string): Decimal {
    return new Decimal(text);
  }

  toString(): string {
    return this.text;
  }

  toJSON(): string {
    return this.text;
  }
}

/** The number that a text such as `12345678901234567890.5` or `1e100` stands for. */
export function decimal(text: string): Numeric {
  if (text.length > LONGEST_TEXT) throw new DecimalError(`a number of ${text.length} characters; write at most 400`);
  return numericOf(parse(text), text);
}

/** The exact sum. */
export function sum(a: Numeric, b: Numeric): Numeric {
  const total = big(a).plus(big(b));
  return numericOf(total, total.toString());
}

/** Negative when a is less than b, 0 when they are equal, positive when it is more. */
export function compareNumbers(a: Numeric, b: Numeric): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : big(a).cmp(big(b));
}

/** A number by its parts: ±0.d₁d₂… × 10^(exponent + 1); no digits for 0. */
export interface DecimalParts {
  negative: boolean;
  digits: string;
  exponent: number;
}

/** The parts of a number, of which the first and the last digit are not 0. */
export function partsOf(value: Numeric): DecimalParts {
  if (value === 0) return { negative: false, digits: '', exponent: 0 };
  if (typeof value === 'number') {
    const [, sign, first, rest = '', exponent] = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential())!;
    return { negative: sign === '-', digits: first + rest, exponent: Number(exponent) };
  }
  const { s, c, e } = big(value);
  return { negative: s < 0, digits: c.join(''), exponent: e };
}

/** Why a value of the type `number` is not an exact number that can be kept; undefined when it is one. */
export function numberProblem(value: number): string | undefined {
  if (!Number.isFinite(value)) return `${value} is not a number that can be kept`;
  if (Number.isSafeInteger(value)) return undefined;
  if (Number.isInteger(value)) return `${value} is more than a JavaScript number holds exactly; use decimal('…')`;
  return rangeProblem(partsOf(value).exponent, String(value));
}

function parse(text: string): Big {
  try {
    return new Big(text);
  } catch {
    throw new DecimalError(`"${text}" is not a number; write digits such as 12.5 or 1e30`);
  }
}

const big = (value: Numeric): Big => new Big(typeof value === 'number' ? value : value.text);

function numericOf(value: Big, text: string): Numeric {
  if (value.eq(0)) return 0;
  const problem =
    value.c.length > MOST_DIGITS
      ? `${text} has ${value.c.length} significant digits, and at most ${MOST_DIGITS} can be kept`
      : rangeProblem(value.e, text);
  if (problem) throw new DecimalError(problem);
  const canonical = value.toString();
  const rounded = Number(canonical);
  const isExact = Number.isInteger(rounded) ? Number.isSafeInteger(rounded) : true;
  return isExact && new Big(rounded).eq(value) ? rounded : Decimal.ofCanonical(canonical);
}

function rangeProblem(exponent: number, text: string): string | undefined {
  if (exponent > LARGEST_EXPONENT) return `${text} is too large; the limit is 9.9e${LARGEST_EXPONENT}`;
  if (exponent < SMALLEST_EXPONENT) return `${text} is too near to 0; the limit is 1e${SMALLEST_EXPONENT}`;
  return undefined;
}
