import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Part, Row } from '../part.ts';
import { QUICK } from './quick.ts';

const PROGRAM = fileURLToPath(new URL('./streamed.ts', import.meta.url));
const SIZES = QUICK ? [16, 64] : [64, 1024];

/** Streams of two sizes in parts, each in a process of its own: how fast, and how much memory, which must not grow with the size. */
export const multipart: Part = async () => {
  const rows: Row[] = [];
  for (const mebibytes of SIZES) {
    for (const how of ['fs', 'cloudlib']) {
      const directory = mkdtempSync(join(tmpdir(), 'cloudlib-bench-'));
      const { stdout, stderr, status } = spawnSync(process.execPath, [PROGRAM, how, directory, String(mebibytes)], {
        encoding: 'utf8',
      });
      rmSync(directory, { recursive: true, force: true });
      if (status !== 0) throw new Error(`${how}: ${stderr}`);
      rows.push({
        store: how === 'fs' ? 'fs, write and fsync' : 'cloudlib, in parts',
        MiB: mebibytes,
        ...JSON.parse(stdout),
      });
    }
  }
  return rows;
};
