import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, type Part, type Row } from '../part.ts';
import type { ObjectStore } from './objects/contender.ts';
import { openFiles } from './objects/fileSystem.ts';
import { openInProcess } from './objects/inProcess.ts';
import { openServed, openVersitygw } from './objects/served.ts';
import { versitygw } from './objects/versitygw.ts';
import { QUICK } from './quick.ts';

/** Milliseconds of one measurement, and how many of them the contenders take in turns. */
const MEASURED = QUICK ? 100 : 1_000;
const ROUNDS = QUICK ? 1 : 5;
const SIZES: [name: string, bytes: number][] = [
  ['1 KB', 1_000],
  ['64 KB', 64_000],
  ['8 MB', 8_000_000],
];
const IN_FLIGHT = [1, 16];
/** So many keys are written over and over, so that the disk does not fill. */
const KEYS = 64;
const LIMIT = 'fs, write and fsync';

type Contender = [name: string, store: ObjectStore];

/** Objects of three sizes, put and got, one at a time and many at once, beside plain files and beside another server. */
export const objects: Part = async (note) => {
  note('objects: versitygw does not sync what it writes; ours and the plain files answer a put once it is on the disk');
  note('objects: servers run in processes of their own and are asked by one client, which costs the same for both');
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-bench-'));
  const contenders: Contender[] = [];
  try {
    for (const [name, open] of openers(note))
      contenders.push([name, await open(mkdtempSync(join(directory, 'store-')))]);
    const rows: Row[] = [];
    for (const [size, bytes] of SIZES) {
      for (const inFlight of IN_FLIGHT) rows.push(...(await compare(contenders, size, randomBytes(bytes), inFlight)));
    }
    return rows;
  } finally {
    for (const [, store] of contenders) await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
};

function openers(note: (text: string) => void): [string, (directory: string) => Promise<ObjectStore>][] {
  const peer = versitygw(note);
  return [
    [LIMIT, openFiles],
    ['cloudlib, in process', openInProcess],
    ['cloudlib, over S3', openServed],
    ...(peer ? ([['versitygw, over S3', openVersitygw(peer)]] as [string, typeof openFiles][]) : []),
  ];
}

/** The median of each contender. They take turns, so that what else the machine does falls on all of them. */
async function compare(contenders: Contender[], size: string, content: Buffer, inFlight: number): Promise<Row[]> {
  const rates = new Map(contenders.map(([name]) => [name, { put: [] as number[], get: [] as number[] }]));
  const keyOf = (n: number): string => `${content.length}-${n % KEYS}`;
  for (const [, store] of contenders) await atOnce(KEYS, 16, (n) => store.put(keyOf(n), content));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, store] of contenders) {
      const { put, get } = rates.get(name)!;
      put.push(await perSecond((n) => store.put(keyOf(n), content), inFlight));
      get.push(await perSecond((n) => whole(store, keyOf(n), content.length), inFlight));
    }
  }
  return (['put', 'get'] as const).flatMap((call) => {
    const limit = median(rates.get(LIMIT)![call]);
    return contenders.map(([store]) => {
      const rate = median(rates.get(store)![call]);
      return {
        call,
        size,
        'in flight': inFlight,
        store,
        'calls/s': Math.round(rate),
        'MB/s': Math.round((rate * content.length) / 1e5) / 10,
        '% of fs': Math.round((rate / limit) * 100),
      };
    });
  });
}

async function whole(store: ObjectStore, key: string, size: number): Promise<void> {
  const got = await store.get(key);
  if (got !== size) throw new Error(`${key} has ${got} bytes instead of ${size}`);
}

async function perSecond(call: (n: number) => Promise<unknown>, inFlight: number): Promise<number> {
  const begin = performance.now();
  let n = 0;
  const client = async (): Promise<void> => {
    while (performance.now() - begin < MEASURED) await call(n++);
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  return n / ((performance.now() - begin) / 1_000);
}

/** Makes so many calls, of which some are under way at once. */
export async function atOnce(count: number, inFlight: number, call: (n: number) => Promise<unknown>): Promise<void> {
  let n = 0;
  const client = async (): Promise<void> => {
    while (n < count) await call(n++);
  };
  await Promise.all(Array.from({ length: inFlight }, client));
}
