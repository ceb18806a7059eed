import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Part, Row } from '../part.ts';
import { openLocal } from './nosql/cloudlib.ts';
import { type Contender, PARTITIONS, SORT_KEYS } from './nosql/contender.ts';
import { openDynalite } from './nosql/dynalite.ts';
import { openGateway } from './nosql/gateway.ts';
import { openSqlite } from './nosql/sqlite.ts';

/** Milliseconds for which each is measured, after as much again to warm up. */
const MEASURED = 1_000;
const IN_FLIGHT = [1, 16];

const CONTENDERS: [name: string, open: (directory: string) => Promise<Contender>][] = [
  ['cloudlib, in process', (directory) => openLocal(directory, 'None')],
  ['cloudlib, in process, with an event for each change', (directory) => openLocal(directory, 'Keys')],
  ['cloudlib, over HTTP', openGateway],
  ['dynalite, over HTTP', openDynalite],
  ['node:sqlite, a commit for each put', openSqlite],
];

/** What can be asked of a contender, for the nth time. */
const CALLS: Record<string, (contender: Contender, n: number) => Promise<unknown>> = {
  put: (contender, n) => contender.put(n % PARTITIONS, Math.floor(n / PARTITIONS) % SORT_KEYS),
  get: (contender, n) => contender.get(n % PARTITIONS, Math.floor(n / PARTITIONS) % SORT_KEYS),
  query: (contender, n) => contender.query(n % PARTITIONS),
};

/** Tables of items of 1 KB: puts, gets, and queries of ten items, beside a peer and beside the database underneath. */
export const nosql: Part = async () => {
  const rows: Row[] = [];
  for (const [name, open] of CONTENDERS) {
    const directory = mkdtempSync(join(tmpdir(), 'cloudlib-bench-'));
    const contender = await open(directory);
    for (let n = 0; n < PARTITIONS * SORT_KEYS; n += 1) await CALLS.put!(contender, n);
    for (const [call, make] of Object.entries(CALLS)) {
      for (const inFlight of IN_FLIGHT) {
        await perSecond((n) => make(contender, n), inFlight);
        rows.push({
          store: name,
          call,
          'in flight': inFlight,
          'calls/s': await perSecond((n) => make(contender, n), inFlight),
        });
      }
    }
    await contender.close();
    rmSync(directory, { recursive: true, force: true });
  }
  return withRatios(rows);
};

/** Each row with how many times as fast it is as the peer. */
function withRatios(rows: Row[]): Row[] {
  const peer = (row: Row): Row | undefined =>
    rows.find(
      (other) =>
        other.store === 'dynalite, over HTTP' && other.call === row.call && other['in flight'] === row['in flight'],
    );
  return rows.map((row) => ({
    ...row,
    '× dynalite': Math.round((Number(row['calls/s']) / Number(peer(row)?.['calls/s'])) * 10) / 10,
  }));
}

async function perSecond(call: (n: number) => Promise<unknown>, inFlight: number): Promise<number> {
  let n = 0;
  const begin = performance.now();
  const client = async (): Promise<void> => {
    while (performance.now() - begin < MEASURED) await call(n++);
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  return Math.round(n / ((performance.now() - begin) / 1_000));
}
