import type { DatabaseSync } from 'node:sqlite';
import { LatencyHistogram } from '../../../core/histogram.ts';
import type { RevisionTraffic } from '../port.ts';
import type { TrafficSample } from './traffic.ts';

/** Seconds that samples are kept. */
const RETENTION = 6 * 3600;

/** What the endpoint measured, second by second. Its file is not synced at each write: a power cut may cost the last seconds. */
export class TrafficMetrics {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(`create table if not exists traffic (deployment text not null, revision text not null, second integer not null,
      requests integer not null, errors integer not null, latency text not null) strict;
      create index if not exists traffic_by_revision on traffic (deployment, revision, second)`);
  }

  add(samples: TrafficSample[]): void {
    if (samples.length === 0) return;
    const insert = this.#database.prepare('insert into traffic values (?, ?, ?, ?, ?, ?)');
    this.#database.exec('begin');
    try {
      for (const { deployment, revision, second, requests, errors, latency } of samples) {
        insert.run(deployment, revision, second, requests, errors, JSON.stringify(latency));
      }
      this.#database.prepare('delete from traffic where second < ?').run(samples[0]!.second - RETENTION);
      this.#database.exec('commit');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('rollback');
      throw error;
    }
  }

  read(deployment: string, revision: string, since: Date, until: Date): RevisionTraffic {
    const rows = this.#database
      .prepare(
        'select requests, errors, latency from traffic where deployment = ? and revision = ? and second >= ? and second < ?',
      )
      .all(deployment, revision, Math.ceil(since.getTime() / 1000), Math.ceil(until.getTime() / 1000)) as {
      requests: number;
      errors: number;
      latency: string;
    }[];
    const total: RevisionTraffic = { requests: 0, errors: 0, latency: new LatencyHistogram() };
    for (const row of rows) {
      total.requests += row.requests;
      total.errors += row.errors;
      total.latency.merge(LatencyHistogram.fromJSON(JSON.parse(row.latency)));
    }
    return total;
  }
}
