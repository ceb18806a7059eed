import { CloudError } from './errors.ts';

/** The JSON form of a histogram: bucket index and count by turns, only buckets that hold something, in rising order. */
export type LatencyHistogramJson = number[];

const MICROSECONDS = 1_000;
const LINEAR_BITS = 6;
const PER_OCTAVE = 2 ** LINEAR_BITS;
const HIGHEST_MICROSECONDS = 2 ** 36 - 1;
const BUCKETS = indexOf(HIGHEST_MICROSECONDS) + 1;

/**
 * Latencies in log-linear buckets, as HdrHistogram has them: 64 buckets for each doubling, so that a percentile is within 1 % of the
 * true value (and within 1 µs below 64 µs), whatever the range. It reaches from 1 µs to 19 hours; longer ones count as 19 hours.
 */
export class LatencyHistogram {
  #counts = new Float64Array(BUCKETS);
  #count = 0;

  /** How many latencies were recorded. */
  get count(): number {
    return this.#count;
  }

  /** Records one latency. */
  record(milliseconds: number): void {
    if (!(milliseconds >= 0)) {
      throw new CloudError('InvalidInput', `latency: ${milliseconds} ms is not a length of time; record 0 or more`);
    }
    this.#add(indexOf(Math.min(Math.round(milliseconds * MICROSECONDS), HIGHEST_MICROSECONDS)), 1);
  }

  /** Adds everything that `other` has recorded. */
  merge(other: LatencyHistogram): void {
    for (let index = 0; index < BUCKETS; index++) {
      const count = other.#counts[index]!;
      if (count) this.#add(index, count);
    }
  }

  /** The latency in milliseconds that `percent` (0 to 100) of the recorded ones do not exceed; undefined while there is none. */
  percentile(percent: number): number | undefined {
    if (!(percent >= 0 && percent <= 100)) {
      throw new CloudError('InvalidInput', `percentile: ${percent} is not a percentage; ask for 0 to 100`);
    }
    if (this.#count === 0) return undefined;
    let left = Math.max(1, Math.ceil((percent / 100) * this.#count));
    const index = this.#counts.findIndex((count) => {
      left -= count;
      return left <= 0;
    });
    return middleOf(index) / MICROSECONDS;
  }

  toJSON(): LatencyHistogramJson {
    const pairs: LatencyHistogramJson = [];
    this.#counts.forEach((count, index) => {
      if (count) pairs.push(index, count);
    });
    return pairs;
  }

  static fromJSON(pairs: LatencyHistogramJson): LatencyHistogram {
    const histogram = new LatencyHistogram();
    if (pairs.length % 2) throw malformed('the last bucket has no count');
    for (let position = 0; position < pairs.length; position += 2) {
      const [index, count] = [pairs[position]!, pairs[position + 1]!];
      if (!Number.isInteger(index) || index < 0 || index >= BUCKETS) {
        throw malformed(`${index} is not a bucket; they go from 0 to ${BUCKETS - 1}`);
      }
      if (!Number.isSafeInteger(count) || count < 1) throw malformed(`${count} in bucket ${index} is not a count`);
      histogram.#add(index, count);
    }
    return histogram;
  }

  #add(index: number, count: number): void {
    this.#counts[index]! += count;
    this.#count += count;
  }
}

/** Below 128 µs a bucket is 1 µs wide; from there on its width doubles with each doubling of the value. */
function indexOf(microseconds: number): number {
  if (microseconds < PER_OCTAVE) return microseconds;
  const octave = Math.floor(Math.log2(microseconds)) - LINEAR_BITS;
  return octave * PER_OCTAVE + Math.floor(microseconds / 2 ** octave);
}

function middleOf(index: number): number {
  if (index < 2 * PER_OCTAVE) return index;
  const octave = Math.floor(index / PER_OCTAVE) - 1;
  const lowest = (index - octave * PER_OCTAVE) * 2 ** octave;
  return lowest + (2 ** octave - 1) / 2;
}

function malformed(reason: string): CloudError {
  return new CloudError('InvalidInput', `latency histogram: ${reason}; read what toJSON wrote`);
}
