import { describe, expect, test } from '@jest/globals';
import { marksOf, stateDiagram } from '../../cli/diagram.ts';
import { parse } from '../../shared/semantics/states/index.ts';

const pass = (next: object = { End: true }) => ({ Type: 'Pass', ...next });
const lines = (definition: object): string[] =>
  stateDiagram(parse(definition))
    .trimEnd()
    .split('\n')
    .map((line) => line.trim());

describe('a diagram', () => {
  test('has the states, the way in, the ways on and the way out', () => {
    expect(stateDiagram(parse({ StartAt: 'A', States: { A: pass({ Next: 'B' }), B: { Type: 'Fail' } } }))).toBe(
      [
        'stateDiagram-v2',
        '  state "A" as s1',
        '  state "B" as s2',
        '  [*] --> s1',
        '  s1 --> s2',
        '  s2 --> [*] : fails',
        '',
      ].join('\n'),
    );
  });

  test('has the conditions of a Choice on its edges, shortened', () => {
    const Choices = [
      { Variable: '$.size', NumericGreaterThan: 3, Next: 'B' },
      { Not: { Variable: '$.a', IsNull: true }, Next: 'B' },
      {
        And: [
          { Variable: '$.first', StringEquals: 'some longer text' },
          { Variable: '$.second', BooleanEquals: true },
        ],
        Next: 'B',
      },
    ];
    const drawn = lines({ StartAt: 'A', States: { A: { Type: 'Choice', Choices, Default: 'B' }, B: pass() } });
    expect(drawn.filter((line) => line.startsWith('s1 -->'))).toEqual([
      's1 --> s2 : $.size NumericGreaterThan 3',
      's1 --> s2 : not $.a IsNull true',
      's1 --> s2 : $.first StringEquals #34;some longer text#34;…',
      's1 --> s2 : otherwise',
    ]);
    const condition = { Condition: '{% $states.input.n > 3 %}', Next: 'B' };
    const jsonata = { A: { Type: 'Choice', Choices: [condition], Default: 'B' }, B: pass() };
    expect(lines({ QueryLanguage: 'JSONata', StartAt: 'A', States: jsonata })).toContain(
      's1 --> s2 : $states.input.n #62; 3',
    );
  });

  test('names the errors that a Catch takes', () => {
    const Catch = [{ ErrorEquals: ['Throttled', 'States.Timeout'], Next: 'B' }];
    const A = { Type: 'Task', Resource: 'test:a', Catch, End: true };
    expect(lines({ StartAt: 'A', States: { A, B: pass() } })).toContain('s1 --> s2 : catch Throttled, States.Timeout');
  });

  test('has the branches of a Parallel side by side and the processor of a Map inside of their states', () => {
    const branch = (name: string) => ({ StartAt: name, States: { [name]: pass() } });
    const Both = { Type: 'Parallel', Branches: [branch('Left'), branch('Right')], Next: 'Each' };
    const Each = { Type: 'Map', ItemProcessor: branch('One'), End: true };
    expect(stateDiagram(parse({ StartAt: 'Both', States: { Both, Each } }))).toBe(
      `stateDiagram-v2
  state "Both" as s1 {
    state "Left" as s3
    [*] --> s3
    s3 --> [*]
    --
    state "Right" as s4
    [*] --> s4
    s4 --> [*]
  }
  state "Each (for each item)" as s2 {
    state "One" as s5
    [*] --> s5
    s5 --> [*]
  }
  [*] --> s1
  s1 --> s2
  s2 --> [*]
`,
    );
  });

  test('marks where an execution went and where it failed, branches as well', () => {
    const time = new Date();
    const marks = marksOf([
      { state: 'A', type: 'Task', enteredAt: time, exitedAt: time, error: 'Caught' },
      {
        state: 'B',
        type: 'Map',
        enteredAt: time,
        branches: [{ kind: 'item', index: 0, visits: [{ state: 'C', type: 'Task', enteredAt: time, error: 'Boom' }] }],
      },
    ]);
    const inner = { StartAt: 'C', States: { C: pass({ Next: 'D' }), D: pass() } };
    const States = { A: pass({ Next: 'B' }), B: { Type: 'Map', ItemProcessor: inner, End: true } };
    const drawn = stateDiagram(parse({ StartAt: 'A', States }), marks);
    expect(drawn.match(/class \w+ \w+/g)).toEqual(['class s1 taken', 'class s3 failed', 'class s2 taken']);
    expect(drawn).toContain('classDef failed');
  });

  test('cannot be broken by the name of a state', () => {
    const name = 'a "quoted"; --> [*]\n%% {x}';
    const [, state] = lines({ StartAt: name, States: { [name]: pass() } });
    expect(state).toBe('state "a #34;quoted#34;#59; --#62; #91;*#93; #37;#37; #123;x#125;" as s1');
  });
});
