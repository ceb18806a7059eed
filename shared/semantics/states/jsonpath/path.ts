import type { Json } from '../definition.ts';

/** Whether an item passes a filter; `root` is what `$` means inside of it. */
export type Predicate = (item: Json, root: Json) => boolean;

/** One step of a path: what it selects from each node that the steps before it selected. */
export type Step =
  | { kind: 'names'; names: string[] }
  | { kind: 'indexes'; indexes: number[] }
  | { kind: 'slice'; from?: number | undefined; to?: number | undefined }
  | { kind: 'wildcard' }
  | { kind: 'descend' }
  | { kind: 'filter'; test: Predicate }
  | { kind: 'call'; name: string };

/** A parsed JSONPath: its steps after the root, and whether it can select one value at most. */
export interface Path {
  text: string;
  steps: Step[];
  definite: boolean;
}

/** What a definite path selects is missing; the message says what, as Step Functions says it. */
export class PathMissing extends Error {
  override name = 'PathMissing';
}

/** Whether a step can select one value at most of a value; several names at the end of a path make one object. */
export function isDefiniteStep(step: Step, last: boolean): boolean {
  if (step.kind === 'names') return step.names.length === 1 || last;
  return step.kind === 'call' || (step.kind === 'indexes' && step.indexes.length === 1);
}

/** Whether a path is a Reference Path: names and single indexes alone. */
export function isReferencePath(path: Path): boolean {
  return path.steps.every(
    (step) =>
      (step.kind === 'names' && step.names.length === 1) ||
      (step.kind === 'indexes' && step.indexes.length === 1 && step.indexes[0]! >= 0),
  );
}
