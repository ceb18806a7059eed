import type { Json } from '../definition.ts';
import { isDefiniteStep, type Path, PathMissing, type Step } from './path.ts';

/** The value that a path selects: of a definite path the one value (or PathMissing), of any other the list of matches. */
export function selectPath(path: Path, root: Json): Json {
  let nodes: Json[] = [root];
  let place = '$';
  let definite = true;
  for (const [i, step] of path.steps.entries()) {
    if (step.kind === 'call') {
      nodes = [callFunction(step.name, definite ? nodes[0]! : nodes)];
      continue;
    }
    const last = i === path.steps.length - 1;
    if (definite && nodes.length > 0) demand(step, nodes[0]!, place, last);
    nodes = nodes.flatMap((node) => selectStep(step, node, root, last));
    place += describe(step);
    if (path.definite && nodes.length === 0) throw new PathMissing(`No results for path: ${place}`);
    definite &&= isDefiniteStep(step, last);
  }
  return path.definite || path.steps.at(-1)?.kind === 'call' ? nodes[0]! : nodes;
}

/** While the way so far was definite, a step that does not fit is a failure even in a path that gives a list. */
function demand(step: Step, node: Json, place: string, last: boolean): void {
  const path = place + describe(step);
  if (step.kind === 'names') {
    if (!isObject(node))
      throw new PathMissing(last ? `No results for path: ${path}` : `Missing property in path ${path}`);
    const [name = ''] = step.names;
    if (!last && step.names.length === 1 && !Object.hasOwn(node, name)) {
      throw new PathMissing(`Missing property in path ${path}`);
    }
  }
  const wantsArray = step.kind === 'indexes' || step.kind === 'slice';
  if ((wantsArray && !Array.isArray(node)) || (step.kind === 'filter' && (node === null || typeof node !== 'object'))) {
    throw new PathMissing(
      `Filter: ${describe(step)} can only be applied to arrays. Current context is: ${JSON.stringify(node).slice(0, 80)}`,
    );
  }
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

/** The nodes that one step selects from a node; several names at the end of a path make one object. */
export function selectStep(step: Step, node: Json, root: Json, last: boolean): Json[] {
  switch (step.kind) {
    case 'names':
      return selectNames(step.names, node, last);
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
  return steps.reduce<Json[]>(
    (nodes, step, i) => nodes.flatMap((item) => selectStep(step, item, root, i === steps.length - 1)),
    [node],
  );
}

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function selectNames(names: string[], node: Json, last: boolean): Json[] {
  if (!isObject(node)) return [];
  const present = names.filter((name) => Object.hasOwn(node, name));
  if (names.length === 1 || !last) return present.map((name) => node[name]!);
  return [Object.fromEntries(present.map((name) => [name, node[name]!]))];
}

const elementAt = (list: Json[], index: number): Json[] => {
  const value = list.at(index);
  return value === undefined ? [] : [value];
};

/** As JsonPath has it: a negative end is counted from the back only where the slice has no beginning. */
function slice(list: Json[], { from, to }: { from?: number | undefined; to?: number | undefined }): Json[] {
  if (from === undefined || to === undefined) return list.slice(from ?? 0, to ?? list.length);
  const selected: Json[] = [];
  for (let index = from; index < Math.min(to, list.length); index += 1) selected.push(...elementAt(list, index));
  return selected;
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
    return Array.isArray(node) || isObject(node) ? Object.keys(node).length : null;
  }
  const numeric = NUMERIC[name];
  if (!numeric) throw new PathMissing(`there is no function ${name}()`);
  const numbers = children(node).filter((value) => typeof value === 'number');
  if (numbers.length === 0) throw new PathMissing(`${name}() was called on something without numbers`);
  return numeric(numbers);
}

const describe = (step: Step): string => {
  if (step.kind === 'names') return `[${step.names.map((name) => `'${name}'`).join(',')}]`;
  if (step.kind === 'indexes') return `[${step.indexes.join(',')}]`;
  return step.kind === 'slice' ? `[${step.from ?? ''}:${step.to ?? ''}]` : '[*]';
};
