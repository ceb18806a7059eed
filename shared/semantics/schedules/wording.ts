/** "a", "a and b", "a, b and c". */
export function and(words: string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** Whether rising values are all from `lowest` to `highest`. */
export function isAll(values: number[], lowest: number, highest: number): boolean {
  return values.length === highest - lowest + 1;
}

/** The distance of values that are evenly spread until `highest`, when there are three of them or more and it is not 1. */
export function everyNth(values: number[], highest: number): number | undefined {
  const [first = 0, second = 0] = values;
  const step = second - first;
  const even = values.every((value, index) => value === first + index * step);
  return values.length > 2 && step > 1 && even && values.at(-1)! + step > highest ? step : undefined;
}

/** "1st", "2nd", "3rd", "11th". */
export function ordinal(value: number): string {
  const teen = value % 100 > 10 && value % 100 < 14;
  const ending = teen ? undefined : ['th', 'st', 'nd', 'rd'][value % 10];
  return `${value}${ending ?? 'th'}`;
}

/** Rising numbers with their runs drawn together: "1 to 5, 7 and 9". */
export function numberRuns(values: number[]): string {
  return runsInWords(runs(values), String);
}

/** Names of rising values that start again after `highest`, with their runs drawn together: "Friday to Monday". */
export function wordRuns(values: number[], name: (value: number) => string, highest: number): string {
  return runsInWords(cyclicRuns(values, 1, highest), name);
}

/** The runs of rising values; the one at the end goes on with the one at the beginning where they meet. */
export function cyclicRuns(values: number[], lowest: number, highest: number): Run[] {
  const [head, ...tail] = runs(values);
  const end = tail.at(-1);
  if (!head || !end || head.first !== lowest || end.last !== highest) return head ? [head, ...tail] : [];
  return [...tail.slice(0, -1), { first: end.first, last: head.last, length: end.length + head.length }];
}

/** Values that follow each other. */
export interface Run {
  first: number;
  last: number;
  length: number;
}

function runs(values: number[]): Run[] {
  const found: Run[] = [];
  for (const value of values) {
    const run = found.at(-1);
    if (run?.last !== value - 1) found.push({ first: value, last: value, length: 1 });
    else Object.assign(run, { last: value, length: run.length + 1 });
  }
  return found;
}

// Two that follow each other read better as a list.
function runsInWords(found: Run[], name: (value: number) => string): string {
  const words = found.flatMap(({ first, last, length }) => {
    if (length === 1) return [name(first)];
    return length === 2 ? [name(first), name(last)] : [`${name(first)} to ${name(last)}`];
  });
  return and(words);
}
