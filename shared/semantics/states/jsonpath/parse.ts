import { parseFilter } from './filter.ts';
import { isDefiniteStep, type Path, type Step } from './path.ts';
import { PathReader } from './reader.ts';

const CACHED_PATHS = 5_000;
const cache = new Map<string, Path>();

/** Parses a JSONPath that begins with `$`; throws PathSyntaxError. */
export function parsePath(text: string): Path {
  const known = cache.get(text);
  if (known) return known;
  const reader = new PathReader(text);
  reader.expect('$');
  const steps = readSteps(reader);
  if (!reader.done) throw reader.error(`unexpected "${reader.peek()}"`);
  const path = { text, steps, definite: isDefinite(steps) };
  if (cache.size >= CACHED_PATHS) cache.delete(cache.keys().next().value!);
  cache.set(text, path);
  return path;
}

/** Reads the steps of a path from where the reader stands, up to the first character that is none of it. */
export function readSteps(reader: PathReader, inFilter = false): Step[] {
  const steps: Step[] = [];
  while (!reader.done) {
    if (reader.take('..')) {
      steps.push({ kind: 'descend' });
      if (reader.peek() !== '[') steps.push(readName(reader, inFilter));
    } else if (reader.take('.')) {
      if (reader.peek() !== '[') steps.push(readName(reader, inFilter));
    } else if (reader.peek() === '[') steps.push(readBracket(reader));
    else break;
  }
  return steps;
}

function readName(reader: PathReader, inFilter: boolean): Step {
  if (reader.take('*')) return { kind: 'wildcard' };
  const name = reader.readName(inFilter);
  if (reader.take('()')) return { kind: 'call', name };
  return { kind: 'names', names: [name] };
}

function readBracket(reader: PathReader): Step {
  reader.expect('[');
  reader.skipSpace();
  if (reader.take('?')) {
    reader.skipSpace();
    reader.expect('(');
    const test = parseFilter(reader, (inner) => ({ steps: readSteps(inner, true) }));
    reader.expect(')');
    return closed(reader, { kind: 'filter', test });
  }
  if (reader.take('*')) return closed(reader, { kind: 'wildcard' });
  if (reader.peek() === "'" || reader.peek() === '"') {
    return closed(reader, { kind: 'names', names: reader.readList(() => reader.readQuoted()) });
  }
  const first = reader.readInteger();
  reader.skipSpace();
  if (reader.take(':')) {
    const to = reader.readInteger();
    // JsonPath reads a third number, the step of other languages, and makes nothing of it.
    if (reader.take(':')) reader.readInteger();
    if (first === undefined && to === undefined) throw reader.error('a slice begins or ends somewhere');
    return closed(reader, { kind: 'slice', from: first, to });
  }
  if (first === undefined) throw reader.error('a name in quotes, an index, a slice, * or ?( expected');
  const indexes = [first];
  while (reader.take(',')) {
    reader.skipSpace();
    const index = reader.readInteger();
    if (index === undefined) throw reader.error('an index expected');
    indexes.push(index);
    reader.skipSpace();
  }
  return closed(reader, { kind: 'indexes', indexes });
}

function closed(reader: PathReader, step: Step): Step {
  reader.skipSpace();
  reader.expect(']');
  return step;
}

const isDefinite = (steps: Step[]): boolean => steps.every((step, i) => isDefiniteStep(step, i === steps.length - 1));
