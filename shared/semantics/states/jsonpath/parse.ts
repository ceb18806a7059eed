import { parseFilter } from './filter.ts';
import type { Path, Step } from './path.ts';
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

function readSteps(reader: PathReader): Step[] {
  const steps: Step[] = [];
  while (!reader.done) {
    if (reader.take('..')) {
      steps.push({ kind: 'descend' });
      if (reader.peek() !== '[') steps.push(readName(reader));
    } else if (reader.take('.')) steps.push(readName(reader));
    else if (reader.peek() === '[') steps.push(readBracket(reader));
    else break;
  }
  return steps;
}

function readName(reader: PathReader): Step {
  if (reader.take('*')) return { kind: 'wildcard' };
  const name = reader.readName();
  if (reader.take('()')) return { kind: 'call', name };
  return { kind: 'names', names: [name] };
}

function readBracket(reader: PathReader): Step {
  reader.expect('[');
  reader.skipSpace();
  if (reader.take('?')) {
    reader.skipSpace();
    reader.expect('(');
    const test = parseFilter(reader, (inner) => ({ steps: readSteps(inner) }));
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
    const by = reader.take(':') ? (reader.readInteger() ?? 1) : 1;
    if (by <= 0) throw reader.error('the step of a slice must be 1 or more');
    return closed(reader, { kind: 'slice', from: first, to, by });
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

const isDefinite = (steps: Step[]): boolean =>
  steps.every(
    (step, i) =>
      step.kind === 'call' ||
      (step.kind === 'names' && (step.names.length === 1 || i === steps.length - 1)) ||
      (step.kind === 'indexes' && step.indexes.length === 1),
  );
