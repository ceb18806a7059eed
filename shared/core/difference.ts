import type { Json } from './codecs.ts';

/** The JSON pointers at which two values differ: of an object the members that do, of anything else the value as a whole. */
export function differingPaths(before: Json | undefined, after: Json | undefined, pointer = ''): string[] {
  if (!isObject(before) || !isObject(after)) return same(before, after) ? [] : [pointer];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) =>
    differingPaths(before[name], after[name], `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

/** A member that came, went or changed. */
export interface Change {
  name: string;
  change: 'added' | 'removed' | 'changed';
  /** Where it changed, as JSON pointers. */
  paths?: string[];
}

/** What became of the members of an object, in the order of their names. */
export function changesBetween(before: Record<string, Json>, after: Record<string, Json>): Change[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return names.flatMap((name): Change[] => {
    if (!Object.hasOwn(before, name)) return [{ name, change: 'added' }];
    if (!Object.hasOwn(after, name)) return [{ name, change: 'removed' }];
    const paths = differingPaths(before[name], after[name]);
    return paths.length ? [{ name, change: 'changed', paths }] : [];
  });
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether two values are the same JSON, whatever the order of the members. */
function same(left: Json | undefined, right: Json | undefined): boolean {
  if (!Array.isArray(left) || !Array.isArray(right)) return left === right;
  return left.length === right.length && left.every((item, index) => differingPaths(item, right[index]).length === 0);
}
