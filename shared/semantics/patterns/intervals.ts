/** A closed range of numbers and what is filed under it. */
export interface Interval<T> {
  low: number;
  high: number;
  item: T;
}

interface Node<T> {
  center: number;
  byLow: Interval<T>[];
  byHigh: Interval<T>[];
  left: Node<T> | undefined;
  right: Node<T> | undefined;
}

/** A centered interval tree: finds the ranges that hold a number without looking at the others. */
export class IntervalTree<T> {
  readonly #root: Node<T> | undefined;

  constructor(intervals: readonly Interval<T>[]) {
    this.#root = build(intervals);
  }

  /** Calls `visit` with the item of each range that holds the value. */
  at(value: number, visit: (item: T) => void): void {
    for (let node = this.#root; node; node = value < node.center ? node.left : node.right) {
      const ordered = value < node.center ? node.byLow : node.byHigh;
      for (const { low, high, item } of ordered) {
        if (value < low || value > high) break;
        visit(item);
      }
    }
  }
}

function build<T>(intervals: readonly Interval<T>[]): Node<T> | undefined {
  if (intervals.length === 0) return undefined;
  const middles = intervals.map(({ low }) => low).sort((left, right) => left - right);
  const center = middles[middles.length >> 1]!;
  const here = intervals.filter(({ low, high }) => low <= center && center <= high);
  return {
    center,
    byLow: [...here].sort((left, right) => left.low - right.low),
    byHigh: [...here].sort((left, right) => right.high - left.high),
    left: build(intervals.filter(({ high }) => high < center)),
    right: build(intervals.filter(({ low }) => low > center)),
  };
}
