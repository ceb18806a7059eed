import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import Table from 'cli-table3';
import type { Bench, Row } from './part.ts';

/** `npm run bench -- <name> [part …]` runs the file of that name in this folder and writes `results/<name>.json`. */
const [name = '', ...chosen] = process.argv.slice(2);
const file = new URL(`./${name}.ts`, import.meta.url);
const runnable = readdirSync(new URL('.', import.meta.url))
  .filter((entry) => entry.endsWith('.ts') && entry !== 'bench.ts' && entry !== 'part.ts')
  .map((entry) => entry.slice(0, -3));

if (!runnable.includes(name) || !existsSync(file))
  fail(`there is no bench "${name}"; run one of: ${runnable.join(', ')}`);
const { parts, versions } = ((await import(file.href)) as { default: Bench }).default;
for (const part of chosen) {
  if (!(part in parts)) fail(`bench "${name}" has no part "${part}"; choose from: ${Object.keys(parts).join(', ')}`);
}

const notes: string[] = [];
const results: Record<string, Row[]> = {};
for (const [title, part] of Object.entries(parts)) {
  if (chosen.length > 0 && !chosen.includes(title)) continue;
  results[title] = await part(note);
  print(title, results[title]);
}
// Results that stand side by side in the file come from one run.
if (chosen.length === 0) write();

function note(text: string): void {
  notes.push(text);
  console.warn(`NOTE: ${text}`);
}

function print(title: string, rows: Row[]): void {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const table = new Table({ head: columns, style: { head: [], border: [] } });
  table.push(...rows.map((row) => columns.map((column) => row[column] ?? '')));
  console.log(`\n${title}\n${table}`);
}

function write(): void {
  const [cpu] = cpus();
  const machine = {
    cores: cpus().length,
    memoryBytes: totalmem(),
    cpu: cpu?.model ?? 'unknown',
    platform: process.platform,
  };
  const document = {
    date: new Date().toISOString(),
    machine,
    versions: { node: process.versions.node, ...versions() },
    notes,
    results,
  };
  mkdirSync(new URL('./results/', import.meta.url), { recursive: true });
  const target = new URL(`./results/${name}.json`, import.meta.url);
  writeFileSync(target, `${JSON.stringify(document, null, 2)}\n`);
  console.log(`\nwritten to bench/results/${name}.json`);
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
