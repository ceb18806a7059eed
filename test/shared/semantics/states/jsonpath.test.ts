import { describe, expect, test } from '@jest/globals';
import type { Json } from '../../../../shared/semantics/states/index.ts';
import {
  insertAt,
  PathMissing,
  PathSyntaxError,
  parsePath,
  selectPath,
} from '../../../../shared/semantics/states/jsonpath/index.ts';

const STORE: Json = {
  store: {
    book: [
      { title: 'A', price: 8, tags: ['x', 'y'] },
      { title: 'B', price: 12, isbn: '1' },
      { title: 'C', price: 9, isbn: '2' },
      { title: 'D', price: 23 },
    ],
    bicycle: { price: 20 },
  },
  'a.b': { "it's": 1 },
  nothing: null,
};

describe('a path selects', () => {
  test.each<[string, unknown]>([
    ['$.store.bicycle.price', 20],
    ["$['store']['bicycle']", { price: 20 }],
    ["$['a.b']['it\\'s']", 1],
    ['$.nothing', null],
    ['$.store.book[0].title', 'A'],
    ['$.store.book[-1].title', 'D'],
    ['$.store.book[0,2].title', ['A', 'C']],
    ['$.store.book[1:3].title', ['B', 'C']],
    ['$.store.book[-2:].title', ['C', 'D']],
    ['$.store.book[:2].title', ['A', 'B']],
    ['$.store.book[0:4:2].title', ['A', 'B', 'C', 'D']],
    ['$.store.book[1:-1].title', []],
    ['$.store.book[-3:-1].title', ['B', 'C']],
    ['$.store.book[:-1].title', ['A', 'B', 'C']],
    ['$.store.book[*].isbn', ['1', '2']],
    ['$.store.*.price', [20]],
    ['$..price', [8, 12, 9, 23, 20]],
    ['$.store..tags[0]', ['x']],
    ["$.store.book[0]['title','price']", { title: 'A', price: 8 }],
    ['$.store.book[?(@.isbn)].title', ['B', 'C']],
    ['$.store.book[?(!@.isbn)].title', ['A', 'D']],
    ['$.store.book[?(@.price < 10)].title', ['A', 'C']],
    ['$.store.book[?(@.title == \'B\' || @.title == "D")].title', ['B', 'D']],
    ['$.store.book[?(@.price > 8 && @.isbn)].title', ['B', 'C']],
    ['$.store.book[?(@.price > $.store.bicycle.price)].title', ['D']],
    ["$.store.book[?(@.title in ['A', 'D'])].price", [8, 23]],
    ['$.store.book[?(@.price != 12)].title', ['A', 'C', 'D']],
    ['$.store.book[?(@.none)]', []],
    ['$.store.book[?(@.price<10)].title', ['A', 'C']],
    ["$.store.book[?(@.title=='B'||@.price>=23)].title", ['B', 'D']],
    ["$.store.book[?(@['price']!=12&&@.isbn)].title", ['C']],
    ['$.store.book[?(@.isbn == 2)].title', ['C']],
    ["$.store.book[?(@.price == '8')].title", ['A']],
    ["$.store.book[?(@.tags contains 'x')].title", ['A']],
    ['$.store.book[?(@.tags size 2)].title', ['A']],
    ['$.store.book[?(@.tags empty false)].title', ['A']],
    ["$.store.book[?(@.tags subsetof ['x', 'y', 'z'])].title", ['A']],
    ["$.store.book[?(@.tags anyof ['y'])].title", ['A']],
    ["$.store.book[?(@.tags noneof ['z'])].title", ['A']],
    ['$.store.book[?(@.title =~ /[ab]/i)].title', ['A', 'B']],
    ['$.store.book[?(@.price=~/2/)].title', []],
    ['$.store.book[?(@.price=~/2\\d/&&@.title)].title', ['D']],
    ['$.store.bicycle[?(@.price == 20)]', [{ price: 20 }]],
    ["$.['a.b']", { "it's": 1 }],
    ["$['store','none'].bicycle.price", [20]],
    ['$.store.bicycle.price[*]', []],
    ['$.store.bicycle.price.length()', null],
    ['$.store.book.length()', 4],
    ['$', STORE],
  ])('%s', (path, expected) => {
    expect(selectPath(parsePath(path), STORE)).toEqual(expected);
  });

  test.each([
    ['$.missing', "No results for path: $['missing']"],
    ['$.missing.deeper', "Missing property in path $['missing']"],
    ['$.missing[*].title', "Missing property in path $['missing']"],
    ['$.missing[?(@.a)]', "Missing property in path $['missing']"],
    ['$.missing..a', "Missing property in path $['missing']"],
    ['$.store.bicycle.price.a', "No results for path: $['store']['bicycle']['price']['a']"],
    ['$.nothing[0:1]', 'Filter: [0:1] can only be applied to arrays. Current context is: null'],
    ['$.nothing[?(@.a)]', 'Filter: [*] can only be applied to arrays. Current context is: null'],
    ['$.store.book[9]', "No results for path: $['store']['book'][9]"],
    ['$.store.bicycle[0]', 'Filter: [0] can only be applied to arrays. Current context is: {"price":20}'],
  ])('%s is missing', (path, message) => {
    expect(() => selectPath(parsePath(path), STORE)).toThrow(new PathMissing(message));
  });
});

test.each([
  '$.',
  '$[',
  '$[abc]',
  "$['a",
  '$.a[?(@.b ==)]',
  '$.a b',
  'a.b',
  '$.a[1',
  '$.a[:]',
  '$.a[::2]',
  '$.a[?(@.b =~ /(/)]',
  "$.a[?(@.b =~ 'x')]",
])('%s is no path', (path) => {
  expect(() => parsePath(path)).toThrow(PathSyntaxError);
});

describe('a reference path puts', () => {
  test.each<[string, Json, Json]>([
    ['$.a', {}, { a: 1 }],
    ['$.a.b.c', { a: { x: 0 } }, { a: { x: 0, b: { c: 1 } } }],
    ['$.list[1]', { list: [0, 0] }, { list: [0, 1] }],
    ["$['x y']", { a: 0 }, { a: 0, 'x y': 1 }],
  ])('a value at %s', (path, root, expected) => {
    const before = structuredClone(root);
    expect(insertAt(parsePath(path), root, 1)).toEqual(expected);
    expect(root).toEqual(before);
  });

  test.each<[string, Json]>([
    ['$.list[2]', { list: [0] }],
    ['$.a.b', { a: 'text' }],
    ['$.a', 'text'],
  ])('nothing at %s where that is not there', (path, root) => {
    expect(() => insertAt(parsePath(path), root, 1)).toThrow(PathMissing);
  });
});

test('a regular expression that backtracks without end is given up', () => {
  const path = parsePath('$[?(@.a =~ /(a+)+b/)]');
  expect(() => selectPath(path, [{ a: 'a'.repeat(40) }])).toThrow('ran longer than allowed');
});
