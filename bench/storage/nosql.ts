import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, type Part, type Row } from '../part.ts';
import { openLocal } from './nosql/cloudlib.ts';
import { type Contender, PARTITIONS, SORT_KEYS } from './nosql/contender.ts';
import { openDynalite } from './nosql/dynalite.ts';
import { openGateway } from './nosql/gateway.ts';
import { openSqlite } from './nosql/sqlite.ts';

/** Milliseconds of one measurement, and how many of them the contenders take in turns. */
const MEASURED = 500;
const ROUNDS = 5;
const IN_FLIGHT = [1, 16];

const PEER = 'dynalite, over HTTP';
const CONTENDERS: [name: string, open: (directory: string) => Promise<Contender>][] = [
  ['cloudlib, in process', (directory) => openLocal(directory, 'None')],
  ['cloudlib, in process, an event for each change', (directory) => openLocal(directory, 'Keys')],
  ['cloudlib, over HTTP', openGateway],
  [PEER, openDynalite],
  ['node:sqlite, a synced commit for each put', openSqlite],
];

/** What can be asked of a contender, for the nth time. */
const CALLS: Record<string, (contender: Contender, n: number) => Promise<unknown>> = {
  put: (contender, n) => contender.put(n % PARTITIONS, Math.floor(n / PARTITIONS) % SORT_KEYS, n),
  get: (contender, n) => contender.get(n % PARTITIONS, Math.floor(n / PARTITIONS) % SORT_KEYS),
  query: (contender, n) => contender.query(n % PARTITIONS),
};

/** Tables of items of 1 KB: puts, gets, and queries of ten items, beside a peer and beside the database underneath. */
export const nosql: Part = async (note) => {
  note('nosql: dynalite does not sync what it writes; the others answer a put once it is on the disk');
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-bench-'));
  const contenders: [string, Contender][] = [];
  try {
    for (const [name, open] of CONTENDERS) contenders.push([name, await open(mkdtempSync(join(directory, 'store-')))]);
    for (const [, contender] of contenders)
      await perSecond((n) => CALLS.put!(contender, n), 16, PARTITIONS * SORT_KEYS);
    const rows: Row[] = [];
    for (const [call, make] of Object.entries(CALLS)) {
      for (const inFlight of IN_FLIGHT) rows.push(...(await compare(contenders, call, make, inFlight)));
    }
    return rows;
  } finally {
    for (const [, contender] of contenders) await contender.close();
    rmSync(directory, { recursive: true, force: true });
  }
};

/** The median of each contender. They take turns, so that what else the machine does falls on all of them. */
async function compare(
  contenders: [string, Contender][],
  call: string,
  make: (contender: Contender, n: number) => Promise<unknown>,
  inFlight: number,
): Promise<Row[]> {
  const rates = new Map<string, number[]>(contenders.map(([name]) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, contender] of contenders)
      rates.get(name)!.push(await perSecond((n) => make(contender, round * 1_000_003 + n), inFlight));
  }
  const peer = median(rates.get(PEER)!);
  return contenders.map(([store]) => {
    const rate = median(rates.get(store)!);
    return {
      call,
      'in flight': inFlight,
      store,
      'calls/s': Math.round(rate),
      '× dynalite': Math.round((rate / peer) * 10) / 10,
    };
  });
}

/** How often a call is made a second, in so much time, or so many times. */
async function perSecond(call: (n: number) => Promise<unknown>, inFlight: number, times?: number): Promise<number> {
  let n = 0;
  const begin = performance.now();
  const goesOn = (): boolean => (times === undefined ? performance.now() - begin < MEASURED : n < times);
  const client = async (): Promise<void> => {
    while (goesOn()) await call(n++);
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  return n / ((performance.now() - begin) / 1_000);
}
