import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../shared/core/codecs.ts';
import { changesBetween, differingPaths } from '../../../shared/core/difference.ts';

describe('the paths at which two values differ', () => {
  test.each<[string, Json, Json, string[]]>([
    ['none, whatever the order of the members', { a: 1, b: [{ c: 1, d: 2 }] }, { b: [{ d: 2, c: 1 }], a: 1 }, []],
    ['a member that changed', { a: { b: 1, c: 1 } }, { a: { b: 2, c: 1 } }, ['/a/b']],
    ['members that came and went', { a: 1 }, { b: 1 }, ['/a', '/b']],
    ['a list as a whole', { a: [1, 2] }, { a: [1, 3] }, ['/a']],
    ['a list that became longer', { a: [1] }, { a: [1, 1] }, ['/a']],
    ['null and an empty object', { a: null }, { a: {} }, ['/a']],
    ['names with the signs of a pointer', { 'a/b': { '~': 1 } }, { 'a/b': { '~': 2 } }, ['/a~1b/~0']],
    ['the value itself', 1, 2, ['']],
  ])('%s', (_what, before, after, paths) => {
    expect(differingPaths(before, after)).toEqual(paths);
  });
});

test('changes are sorted by name, with the paths of what changed', () => {
  expect(changesBetween({ b: { x: 1 }, c: 1, same: [1] }, { a: 1, b: { x: 2 }, same: [1] })).toEqual([
    { name: 'a', change: 'added' },
    { name: 'b', change: 'changed', paths: ['/x'] },
    { name: 'c', change: 'removed' },
  ]);
});
