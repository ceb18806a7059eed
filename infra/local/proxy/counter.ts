import { LatencyHistogram, type LatencyHistogramJson } from '../../../shared/core/histogram.ts';

/** What one revision did in one second. */
export interface CountedSecond {
  revision: string;
  second: number;
  requests: number;
  errors: number;
  latency: LatencyHistogramJson;
}

/** Counts the requests of one revision, second by second. */
export class Counter {
  readonly #revision: string;
  #second = 0;
  #requests = 0;
  #errors = 0;
  #latency = new LatencyHistogram();
  #ended: CountedSecond[] = [];

  constructor(revision: string) {
    this.#revision = revision;
  }

  /** Counts a request that ended now. */
  record(milliseconds: number, failed: boolean): void {
    const second = Math.floor(Date.now() / 1_000);
    if (second !== this.#second) {
      this.#endSecond();
      this.#second = second;
    }
    this.#requests++;
    if (failed) this.#errors++;
    this.#latency.record(milliseconds);
  }

  /** Hands out what was counted since the last call. */
  take(): CountedSecond[] {
    this.#endSecond();
    const ended = this.#ended;
    this.#ended = [];
    return ended;
  }

  #endSecond(): void {
    if (this.#requests === 0) return;
    this.#ended.push({
      revision: this.#revision,
      second: this.#second,
      requests: this.#requests,
      errors: this.#errors,
      latency: this.#latency.toJSON(),
    });
    this.#requests = 0;
    this.#errors = 0;
    this.#latency = new LatencyHistogram();
  }
}
