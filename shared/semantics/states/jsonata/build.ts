import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

/** A JSONata expression that evaluates at once, without promises. */
export interface SyncExpression {
  evaluate(input: unknown, bindings: Record<string, unknown>): unknown;
  registerFunction(name: string, implementation: (...values: never[]) => unknown, signature?: string): void;
  ast(): unknown;
}

/** What the synchronous build takes from its host: its time, its randomness and its guard. */
export interface JsonataHost {
  now(): number;
  random(): number;
  /** Called with the size of every piece of work: one for an evaluation or a call, the length for what is allocated. */
  spend(amount: number): void;
  /** Called with the nesting depth at every evaluation. */
  deepen(depth: number): void;
}

export type SyncJsonata = (expression: string) => SyncExpression;

/** One change to the published source; `count` is how often it must be found, so that a new version cannot slip through half changed. */
interface Patch {
  what: string;
  find: RegExp;
  replace: string;
  count: number | 'some';
}

const PATCHES: Patch[] = [
  { what: 'async functions', find: /\basync\s+(?=function\b|\()/g, replace: '', count: 'some' },
  { what: 'await', find: /\bawait\s+(?=[A-Za-z(])/g, replace: '', count: 'some' },
  { what: 'the time', find: /timestamp = new Date\(\);/g, replace: 'timestamp = new Date(host.now());', count: 2 },
  {
    what: 'the guard of an evaluation',
    find: /environment\.base\.depth\+\+;\s*environment\.base\.guardrails\(\);/g,
    replace: 'host.spend(1); host.deepen(++environment.base.depth);',
    count: 1,
  },
  {
    what: 'the guard of a call',
    find: /(function applyInner\(proc, args, input, environment\) \{)/g,
    replace: '$1 host.spend(1);',
    count: 1,
  },
  {
    what: 'the guard of a range',
    find: /(result = new Array\(size\);)/g,
    replace: 'host.spend(size); $1',
    count: 1,
  },
  {
    what: 'the guard of a concatenation',
    find: /(result = lstr\.concat\(rstr\);)/g,
    replace: 'host.spend((lstr.length + rstr.length) >> 6); $1',
    count: 1,
  },
  {
    what: 'the guard of a padding',
    find: /(var padding = \(new Array\(padLength \+ 1\)\)\.join\(char\);)/g,
    replace: 'host.spend(padLength >> 6); $1',
    count: 1,
  },
  {
    what: 'the guard of an appended array',
    find: /(function append\(arg1, arg2\) \{)/g,
    replace: '$1 host.spend(((arg1 && arg1.length || 0) + (arg2 && arg2.length || 0)) >> 3);',
    count: 1,
  },
  // The published merge recurses once per element, which only promises keep off the stack, and copies the rest each time.
  {
    what: 'the merge of a sort',
    find: /var merge_iter = function \(result, left, right\) \{[\s\S]*?\n {12}\};\n\s*var merged = \[\];\n\s*merge_iter\(merged, l, r\);/g,
    replace: `var merged = []; var i = 0; var j = 0;
            while (i < l.length && j < r.length) merged.push(comp(l[i], r[j]) ? r[j++] : l[i++]);
            while (i < l.length) merged.push(l[i++]);
            while (j < r.length) merged.push(r[j++]);`,
    count: 1,
  },
];

/** Derives a synchronous build of the installed jsonata package: its source without async and await, with our guard, time and randomness. */
export function buildSyncJsonata(host: JsonataHost): SyncJsonata {
  const path = createRequire(import.meta.url).resolve('jsonata');
  const source = PATCHES.reduce(apply, readFileSync(path, 'utf8'));
  const module = { exports: {} };
  // Shadows: Promise.all over values that are there already is the identity; Math.random is the host's.
  const math = Object.create(Math, { random: { value: () => host.random() } });
  const immediate = { all: (values: unknown[]) => values };
  // Globals as parameters: inside a vm context (a test runner's, say) each look-up of a global is slow.
  const shadows = { module, exports: module.exports, host, Math: math, Promise: immediate, Object, Array, Symbol };
  new Function(...Object.keys(shadows), `${source}\n//# sourceURL=jsonata-sync.js`)(...Object.values(shadows));
  return module.exports as SyncJsonata;
}

function apply(source: string, patch: Patch): string {
  let found = 0;
  const text = source.replace(patch.find, (match, ...groups) => {
    found += 1;
    return patch.replace.replaceAll('$1', typeof groups[0] === 'string' ? groups[0] : match);
  });
  if (patch.count === 'some' ? found === 0 : found !== patch.count) {
    throw new Error(
      `jsonata: ${patch.what} was found ${found} times in the package's source where ${patch.count} was expected; this version needs its own patches`,
    );
  }
  return text;
}
