import { treeOf } from './evaluate.ts';

/** A node of JSONata's syntax tree, as far as references are concerned. */
interface Node {
  type?: string;
  value?: unknown;
  steps?: Node[];
  predicate?: Node[];
  stages?: Node[];
  group?: { lhs: Node[][] };
  terms?: Node[];
  [part: string]: unknown;
}

/** The parts of a node that see what the node itself sees. */
const PARTS = [
  'lhs',
  'rhs',
  'expression',
  'expressions',
  'arguments',
  'body',
  'condition',
  'then',
  'else',
  'procedure',
];

/**
 * What an expression refers to that Step Functions refuses when a machine is created: a name, `$` or `$$`, as there is no context item at
 * the top level, or the error output outside of a catcher. Undefined when there is nothing of it.
 */
export function unsupportedReference(text: string, inCatcher: boolean): string | undefined {
  return find(treeOf(text) as Node, true, inCatcher);
}

/** `top` tells that the node sees the top level, and not the items of a path. */
function find(node: Node, top: boolean, inCatcher: boolean): string | undefined {
  if (node.type === 'name' && top) {
    return `reference to '${String(node.value)}' at the top level is not supported; begin with $states or a variable`;
  }
  if (node.type === 'variable' && (node.value === '$' || (top && node.value === ''))) {
    return `reference to '$${node.value}' is not supported; use $states.input`;
  }
  if (node.type === 'path' && !inCatcher && isErrorOutput(node.steps!)) {
    return '$states.errorOutput exists in the Output and Assign of a catcher alone';
  }
  if (node.type === 'transform') return undefined;
  const steps = (node.steps ?? []).map((step, i) => find(step, top && i === 0, inCatcher));
  const items = [
    ...(node.predicate ?? []),
    ...(node.stages ?? []),
    ...(node.terms ?? []),
    ...(node.group?.lhs.flat() ?? []),
  ];
  const parts = PARTS.flatMap((part) => [node[part]].flat(2)).filter(isNode);
  return [
    ...steps,
    ...items.map((item) => find((item.expr ?? item.expression ?? item) as Node, false, inCatcher)),
    ...parts.map((part) => find(part, top, inCatcher)),
  ].find((found) => found !== undefined);
}

const isNode = (value: unknown): value is Node => value !== null && typeof value === 'object';

const isErrorOutput = ([root, field]: Node[]): boolean =>
  root?.type === 'variable' && root.value === 'states' && field?.type === 'name' && field.value === 'errorOutput';
