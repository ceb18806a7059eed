import { describe, expect, test } from '@jest/globals';
import { impossibilities, type KnownEvents, type Pattern } from '../../../../shared/semantics/patterns/index.ts';

const text = { type: 'string' };
const order = {
  type: 'object',
  properties: {
    state: { enum: ['OPEN', 'PAID'] },
    total: { type: 'number' },
    paid: { type: 'boolean' },
    coupon: { anyOf: [text, { type: 'null' }] },
    lines: { type: 'array', items: { type: 'object', properties: { item: text }, additionalProperties: false } },
    labels: { type: 'object', additionalProperties: text },
    parent: { $ref: '#' },
    extra: {},
  },
  additionalProperties: false,
};
const visit = { type: 'object', properties: { page: text }, additionalProperties: false };
const schemas: Record<string, object> = { order, visit };
const known: KnownEvents = {
  typeProblem: (type) => (type === 'odrer' ? 'is no event' : undefined),
  dataOf: (type) => schemas[type] as ReturnType<KnownEvents['dataOf']>,
};
const of = (data: object, type: unknown[] = ['order']): string[] => impossibilities({ type, data } as Pattern, known);

describe('a pattern may match', () => {
  test.each<[string, object, unknown[]?]>([
    ['a field that there is', { state: ['PAID'] }],
    ['a field within the elements of an array', { lines: { item: [{ prefix: 'cat' }] } }],
    ['any name where names are open', { labels: { colour: ['red'] } }],
    ['a schema that refers to itself', { parent: { parent: { total: [{ numeric: ['>', 1] }] } } }],
    ['what the schema does not say', { extra: { deep: { down: [1] } } }],
    ['null where it may be', { coupon: [null] }],
    ['anything but a value of a list', { state: [{ 'anything-but': ['OPEN'] }] }],
    ['a field that is not there, when that is asked for', { absent: [{ exists: false }] }],
    ['a field of one of several types', { page: ['/'] }, ['order', 'visit']],
    ['a type of which nothing is known', { anything: [1] }, ['order', 'unknown']],
    ['types that are not named one by one', { anything: [1] }, [{ prefix: 'ord' }]],
  ])('%s', (...[, data, type]) => {
    expect(of(data, type)).toEqual([]);
  });
});

describe('a pattern can never match', () => {
  test.each<[string, object, string, unknown[]?]>([
    ['a field that there is not', { sate: ['PAID'] }, 'data.sate: events of the type order have no such field'],
    [
      'a field that none of the types has',
      { x: [1] },
      'data.x: events of the type order or visit have no',
      ['order', 'visit'],
    ],
    ['below a value that is no object', { state: { deep: ['PAID'] } }, 'data.state.deep: events of the type order'],
    ['an object as a value', { labels: ['red'] }, 'data.labels: events of the type order have no such field'],
    [
      'a value that is not listed',
      { state: ['PAD'] },
      'data.state: "PAD" is not among what it can be: "OPEN", "PAID"; did you mean "PAID"?',
    ],
    ['a prefix of no listed value', { state: [{ prefix: 'CLOSED' }] }, 'data.state: a value for Prefix is not among'],
    ['text where a number is', { total: ['12'] }, 'data.total: "12" is not among what it can be: number'],
    ['a number where text is', { lines: { item: [{ numeric: ['>', 1] }] } }, 'data.lines.item: a value for Numeric'],
    ['text where a boolean is', { paid: ['true'] }, 'data.paid: "true" is not among what it can be: boolean'],
    ['one of several values', { state: ['PAID', 'GONE'] }, 'data.state: "GONE" is not among'],
    ['a type that there is not', { total: [1] }, 'type: "odrer" is no event', ['order', 'odrer']],
  ])('%s', (...[, data, problem, type]) => {
    expect(of(data, type)).toEqual([expect.stringContaining(problem)]);
  });

  test('what is no attribute of a CloudEvent', () => {
    expect(impossibilities({ dta: { total: [1] }, Subject: ['x'], subject: ['x'] }, known)).toEqual([
      expect.stringMatching(/^dta\.total: a CloudEvent has no such field/),
      expect.stringMatching(/^Subject: a CloudEvent has no such field/),
    ]);
  });

  test('in one of its alternatives', () => {
    const either = { type: ['order'], $or: [{ data: { total: [1] } }, { data: { sum: [1] } }] };
    expect(impossibilities(either, known)).toEqual([expect.stringMatching(/^data\.sum: /)]);
  });
});
