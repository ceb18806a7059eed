type Format = (value: number, digits?: number) => string;

const decimal = (value: number, digits: number): string =>
  value.toLocaleString('en-US', { maximumFractionDigits: digits });

/** `1,204 requests`, `1 request`. */
export const count = (value: number, noun: string): string => `${decimal(value, 0)} ${noun}${value === 1 ? '' : 's'}`;

/** A fraction as a percentage: `3.2 %`. */
export const percent: Format = (fraction, digits = 2) => `${decimal(fraction * 100, digits)} %`;

/** `412 ms`; below ten milliseconds with two decimals. */
export const milliseconds: Format = (value, digits = value < 10 ? 2 : 0) => `${decimal(value, digits)} ms`;

/** Two different values as texts that differ too, with as many decimals as that takes. */
export function unlike(value: number, bound: number, format: Format): [string, string] {
  const usual: [string, string] = [format(value), format(bound)];
  if (usual[0] !== usual[1]) return usual;
  const digits = [1, 2, 3, 4, 6, 9].find((each) => format(value, each) !== format(bound, each)) ?? 12;
  return [format(value, digits), format(bound, digits)];
}
