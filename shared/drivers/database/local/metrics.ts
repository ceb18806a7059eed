import type { DatabaseSync } from 'node:sqlite';
import { cloudError } from '../../../types/errors.ts';
import type { MetricSample, MetricUnit } from '../../../types/monitoring.ts';
import type { MetricRequest } from '../port.ts';
import type { Measurement } from './engines/engine.ts';

/** Milliseconds that measurements are kept. */
const KEPT = 14 * 24 * 60 * 60_000;

const METRICS: Record<string, { unit: MetricUnit; of(measurement: Measurement): number }> = {
  DatabaseConnections: { unit: 'Count', of: ({ connections }) => connections },
  CacheHitRatio: {
    unit: 'Percent',
    of: ({ cacheHits, cacheReads }) => (cacheReads ? (100 * cacheHits) / cacheReads : 100),
  },
  DatabaseSize: { unit: 'Bytes', of: ({ size }) => size },
  Transactions: { unit: 'Count', of: ({ transactions }) => transactions },
};

/** What engines counted, kept for two weeks. */
export class DatabaseMetrics {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(
      'create table if not exists database_samples (instance text not null, time integer not null, measurement text not null, primary key (instance, time)) strict',
    );
  }

  add(instance: string, time: Date, measurement: Measurement): void {
    this.#database
      .prepare('insert or replace into database_samples values (?, ?, ?)')
      .run(instance, time.getTime(), JSON.stringify(measurement));
    this.#database.prepare('delete from database_samples where time < ?').run(time.getTime() - KEPT);
  }

  /** A sample of each metric at each measurement, the oldest first. */
  read(instance: string, { metrics, start, end }: MetricRequest): MetricSample[] {
    const rows = this.#database
      .prepare(
        'select time, measurement from database_samples where instance = ? and time between ? and ? order by time',
      )
      .all(instance, start.getTime(), end.getTime()) as { time: number; measurement: string }[];
    return rows.flatMap(({ time, measurement }) =>
      samplesOf(instance, new Date(time), JSON.parse(measurement) as Measurement, metrics),
    );
  }

  remove(instance: string): void {
    this.#database.prepare('delete from database_samples where instance = ?').run(instance);
  }
}

/** Refuses a name that is none of a metric. */
export function checkMetrics(metrics: string[]): void {
  const unknown = metrics.find((name) => !Object.hasOwn(METRICS, name));
  if (unknown === undefined) return;
  throw cloudError(
    'DatabaseError.InvalidConfiguration',
    `there is no metric "${unknown}"; there are ${Object.keys(METRICS).join(', ')}`,
    { field: 'metrics', value: unknown },
  );
}

function samplesOf(instance: string, timestamp: Date, measurement: Measurement, metrics: string[]): MetricSample[] {
  return metrics.map((name) => ({
    timestamp,
    name,
    value: METRICS[name]!.of(measurement),
    unit: METRICS[name]!.unit,
    dimensions: { instance },
  }));
}
