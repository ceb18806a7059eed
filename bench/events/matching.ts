import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compile } from '../../shared/semantics/patterns/index.ts';
import type { Part, Row } from '../part.ts';
import { eventOf, patternOf } from './workload.ts';

const SIZES = [1, 1_000, 10_000, 100_000];
const EVENTS = 10_000;
/** How long each is measured, after as long a warming up. */
const MILLISECONDS = 2_000;
const RULER = fileURLToPath(new URL('./eventRuler/', import.meta.url));
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';

interface Measured {
  perSecond: number;
  /** How many matches the events have in all, which both must agree on. */
  matched: number;
  compileMs: number;
}

/** Matching alone, from the text of an event to the patterns that match it, beside Event Ruler. */
export const matching: Part = async (note) => {
  const jars = eventRuler(note);
  const rows: Row[] = [];
  for (const size of SIZES) {
    const patterns = Array.from({ length: size }, (_, index) => JSON.stringify(patternOf(index)));
    const events = Array.from({ length: EVENTS }, (_, index) => JSON.stringify(eventOf(index, size)));
    const ours = measureOurs(patterns, events);
    rows.push(rowOf('cloudlib', size, ours));
    const theirs = jars && measureEventRuler(jars, patterns, events, note);
    if (!theirs) continue;
    rows.push(rowOf('event-ruler', size, theirs));
    if (theirs.matched !== ours.matched) {
      note(`matching: of ${size} patterns cloudlib finds ${ours.matched} matches and event-ruler ${theirs.matched}`);
    }
  }
  return rows;
};

const rowOf = (matcher: string, patterns: number, { perSecond, matched, compileMs }: Measured): Row => ({
  matcher,
  patterns,
  'events/s': Math.round(perSecond),
  'matches of 10,000 events': matched,
  'ms to compile': Math.round(compileMs),
});

function measureOurs(patterns: string[], events: string[]): Measured {
  const begin = performance.now();
  const index = compile(patterns.map((pattern) => JSON.parse(pattern)));
  const compileMs = performance.now() - begin;
  const matched = events.reduce((sum, event) => sum + index.matching(JSON.parse(event)).length, 0);
  const run = (): number => {
    const start = performance.now();
    let count = 0;
    while (performance.now() - start < MILLISECONDS) {
      for (let turn = 0; turn < 100; turn++) index.matching(JSON.parse(events[count++ % events.length]!));
    }
    return count / ((performance.now() - start) / 1000);
  };
  run();
  return { perSecond: run(), matched, compileMs };
}

/** The folder of Event Ruler's jars, fetched by Maven into a cache of this machine; undefined, loudly, where that cannot be. */
function eventRuler(note: (text: string) => void): string | undefined {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cloudlib-bench', 'event-ruler');
  if (existsSync(cache) && readdirSync(cache).length) return cache;
  mkdirSync(cache, { recursive: true });
  const parameters = ['-q', '-B', '-f', join(RULER, 'pom.xml'), COPY, `-DoutputDirectory=${cache}`];
  const { error, status } = spawnSync('mvn', parameters, { stdio: 'ignore' });
  if (!error && status === 0) return cache;
  rmSync(cache, { recursive: true, force: true });
  note(`event-ruler is left out: ${error ? 'Maven (mvn) is not installed' : 'Maven could not fetch it'}`);
  return undefined;
}

function measureEventRuler(
  jars: string,
  patterns: string[],
  events: string[],
  note: (text: string) => void,
): Measured | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'cloudlib-bench-'));
  const files = { patterns: join(directory, 'patterns'), events: join(directory, 'events') };
  writeFileSync(files.patterns, patterns.join('\n'));
  writeFileSync(files.events, events.join('\n'));
  const parameters = ['-cp', join(jars, '*'), join(RULER, 'Match.java'), files.patterns, files.events];
  const { error, status, stdout, stderr } = spawnSync('java', [...parameters, String(MILLISECONDS)], {
    encoding: 'utf8',
  });
  rmSync(directory, { recursive: true });
  if (!error && status === 0) return JSON.parse(stdout);
  note(`event-ruler is left out: ${error ? 'a JDK (java) is not installed' : stderr.trim().split('\n').at(-1)}`);
  return undefined;
}
