import type { Json } from '../definition.ts';
import { type Path, PathMissing, type Step } from './path.ts';

/** The value that a path selects: of a definite path the one value (or PathMissing), of any other the list of matches. */
export function selectPath(path: Path, root: Json): Json {
  let nodes: Json[] = [root];
  let place = '$';
  path.steps.forEach((step, i) => {
    if (step.kind === 'call') {
      nodes = [callFunction(step.name, path.definite || i === 0 ? nodes[0]! : nodes)];
      return;
    }
    const next = nodes.flatMap((node) => selectStep(step, node, root));
    if (path.definite && next.length === 0) throw missing(step, place, i === path.steps.length - 1);
    place += describe(step);
    nodes = next;
  });
  return path.definite || path.steps.at(-1)?.kind === 'call' ? nodes[0]! : nodes;
}

/** A copy of `root` with `value` put where a Reference Path points; objects on the way are made, array elements must exist. */
export function insertAt(path: Path, root: Json, value: Json): Json {
  return insert(path.steps, 0, root, value);
}

function insert(steps: Step[], i: number, node: Json | undefined, value: Json): Json {
  const step = steps[i];
  if (!step) return value;
  if (step.kind === 'indexes') {
    const index = step.indexes[0]!;
    if (!Array.isArray(node) || index >= node.length)
      throw new PathMissing(`there is no element [${index}] to put it at`);
    return node.with(index, insert(steps, i + 1, node[index], value));
  }
  const name = (step as { names: string[] }).names[0]!;
  if (node !== undefined && (node === null || typeof node !== 'object' || Array.isArray(node))) {
    throw new PathMissing(`"${name}" cannot be put into a value that is not an object`);
  }
  const present = node !== undefined && Object.hasOwn(node, name) ? node[name] : undefined;
  return { ...node, [name]: insert(steps, i + 1, present, value) };
}

/** The nodes that one step selects from a node. */
export function selectStep(step: Step, node: Json, root: Json): Json[] {
  switch (step.kind) {
    case 'names':
      return selectNames(step.names, node);
    case 'indexes':
      return Array.isArray(node) ? step.indexes.flatMap((index) => elementAt(node, index)) : [];
    case 'slice':
      return Array.isArray(node) ? slice(node, step) : [];
    case 'wildcard':
      return children(node);
    case 'descend':
      return [...descendants(node)];
    case 'filter':
      return (Array.isArray(node) ? node : isObject(node) ? [node] : []).filter((item) => step.test(item, root));
    case 'call':
      return [callFunction(step.name, node)];
  }
}

/** Every value that steps select from a node, for paths inside of filters. */
export function selectAll(steps: Step[], node: Json, root: Json): Json[] {
  return steps.reduce<Json[]>((nodes, step) => nodes.flatMap((item) => selectStep(step, item, root)), [node]);
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function selectNames(names: string[], node: Json): Json[] {
  if (!isObject(node)) return [];
  const present = names.filter((name) => Object.hasOwn(node, name));
  if (names.length === 1) return present.map((name) => node[name]!);
  return [Object.fromEntries(present.map((name) => [name, node[name]!]))];
}

const elementAt = (list: Json[], index: number): Json[] => {
  const value = list.at(index);
  return value === undefined ? [] : [value];
};

function slice(
  list: Json[],
  { from, to, by }: { from?: number | undefined; to?: number | undefined; by: number },
): Json[] {
  return list.slice(from ?? 0, to ?? list.length).filter((_, i) => i % by === 0);
}

const children = (node: Json): Json[] => (Array.isArray(node) ? node : isObject(node) ? Object.values(node) : []);

function* descendants(node: Json): Generator<Json> {
  yield node;
  for (const child of children(node)) if (child !== null && typeof child === 'object') yield* descendants(child);
}

const NUMERIC: Record<string, (numbers: number[]) => number> = {
  min: (numbers) => Math.min(...numbers),
  max: (numbers) => Math.max(...numbers),
  sum: (numbers) => numbers.reduce((total, number) => total + number, 0),
  avg: (numbers) => numbers.reduce((total, number) => total + number, 0) / numbers.length,
};

function callFunction(name: string, node: Json): Json {
  if (name === 'length') {
    if (typeof node === 'string') return node.length;
    return Array.isArray(node) || isObject(node) ? Object.keys(node).length : 0;
  }
  const numeric = NUMERIC[name];
  if (!numeric) throw new PathMissing(`there is no function ${name}()`);
  const numbers = children(node).filter((value) => typeof value === 'number');
  if (numbers.length === 0) throw new PathMissing(`${name}() was called on something without numbers`);
  return numeric(numbers);
}

const describe = (step: Step): string => {
  if (step.kind === 'names') return `[${step.names.map((name) => `'${name}'`).join(',')}]`;
  return step.kind === 'indexes' ? `[${step.indexes.join(',')}]` : '[*]';
};

function missing(step: Step, place: string, last: boolean): PathMissing {
  const path = place + describe(step);
  return new PathMissing(last ? `No results for path: ${path}` : `Missing property in path ${path}`);
}
