import { describe, expect, test } from '@jest/globals';
import { evaluateTemplate, type HistoryEvent, type Json } from '../../../../shared/semantics/states/index.ts';
import { failing, runWithEvents } from './machines.ts';

const inOrder = (events: HistoryEvent[]) => events.map(({ type }) => type);
const chain = (events: HistoryEvent[]) => events.map(({ id, previousEventId }) => `${previousEventId}>${id}`).join(' ');
const machine = (state: Json): Json => ({ StartAt: 'X', States: { X: { ...(state as object), End: true } } });
const inner: Json = { StartAt: 'I', States: { I: { Type: 'Pass', End: true } } };

describe('the events of', () => {
  test.each<[string, Json, string[]]>([
    [
      'a service integration',
      { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage' },
      ['TaskScheduled', 'TaskStarted', 'TaskSucceeded'],
    ],
    [
      'one that waits for a token',
      { Type: 'Task', Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken' },
      ['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded'],
    ],
    [
      'one that runs a job',
      { Type: 'Task', Resource: 'arn:aws:states:::batch:submitJob.sync' },
      ['TaskScheduled', 'TaskStarted', 'TaskSubmitted', 'TaskSucceeded'],
    ],
    [
      'a Lambda function',
      { Type: 'Task', Resource: 'arn:aws:lambda:eu-west-1:123456789012:function:f' },
      ['LambdaFunctionScheduled', 'LambdaFunctionStarted', 'LambdaFunctionSucceeded'],
    ],
    [
      'an activity',
      { Type: 'Task', Resource: 'arn:aws:states:eu-west-1:123456789012:activity:a' },
      ['ActivityScheduled', 'ActivityStarted', 'ActivitySucceeded'],
    ],
  ])('%s', async (_name, state, expected) => {
    const { events } = await runWithEvents(machine(state), {});
    expect(inOrder(events)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      ...expected,
      'TaskStateExited',
      'ExecutionSucceeded',
    ]);
  });

  test('a task that fails', async () => {
    const { events } = await runWithEvents(
      machine({ Type: 'Task', Resource: 'cloudlib:a.b' }),
      {},
      { task: failing({ name: 'E', message: 'c' }) },
    );
    expect(inOrder(events)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskFailed',
      'ExecutionFailed',
    ]);
    expect(events[4]).toMatchObject({ taskFailedEventDetails: { error: 'E', cause: 'c' } });
    expect(events[5]).toMatchObject({ executionFailedEventDetails: { error: 'E', cause: 'c' } });
  });

  test('a Parallel: each branch follows its own thread', async () => {
    const second = { StartAt: 'J', States: { J: { Type: 'Pass', End: true } } };
    const { events } = await runWithEvents(machine({ Type: 'Parallel', Branches: [inner, second] }), {});
    expect(inOrder(events).slice(1, -1)).toEqual([
      'ParallelStateEntered',
      'ParallelStateStarted',
      'PassStateEntered',
      'PassStateEntered',
      'PassStateExited',
      'PassStateExited',
      'ParallelStateSucceeded',
      'ParallelStateExited',
    ]);
    expect(chain(events).split(' ').slice(2, 7)).toEqual(['2>3', '3>4', '3>5', '4>6', '5>7']);
  });

  test('a Map', async () => {
    const { events } = await runWithEvents(machine({ Type: 'Map', ItemProcessor: inner }), [1]);
    expect(inOrder(events).slice(1, -1)).toEqual([
      'MapStateEntered',
      'MapStateStarted',
      'MapIterationStarted',
      'PassStateEntered',
      'PassStateExited',
      'MapIterationSucceeded',
      'MapStateSucceeded',
      'MapStateExited',
    ]);
    expect(events[2]).toMatchObject({ mapStateStartedEventDetails: { length: 1 } });
  });

  test('an expression that fails', async () => {
    const state = { Type: 'Pass', QueryLanguage: 'JSONata', Output: { a: '{% $states.input.q %}' } };
    const { events } = await runWithEvents(machine(state), {});
    expect(events[2]).toMatchObject({
      type: 'EvaluationFailed',
      evaluationFailedEventDetails: { error: 'States.QueryEvaluationError', location: 'Output/a', state: 'X' },
    });
  });
});

describe('a template outside of an execution', () => {
  test('is filled from its variables', () => {
    const template = { sha: '{% $event.data.after %}', list: ['{% $event.n + 1 %}', 'text'], when: '{% $now() %}' };
    expect(evaluateTemplate(template, { event: { n: 1, data: { after: 'abc' } } }, { now: 0 })).toEqual({
      sha: 'abc',
      list: [2, 'text'],
      when: '1970-01-01T00:00:00.000Z',
    });
  });

  test.each([
    ['{% $event.q %}', /\$\.a: the expression "\$event\.q" returned nothing/],
    ['{% 1 + "x" %}', /\$\.a: the expression .* failed: T2002/],
  ])('%s is refused with its place', (a, message) => {
    expect(() => evaluateTemplate({ a }, { event: {} })).toThrow(message);
  });
});

test('the last of the events that a history may have is the failure of the execution, which nothing catches', async () => {
  const loop = { StartAt: 'A', States: { A: { Type: 'Pass', Next: 'B' }, B: { Type: 'Wait', Seconds: 1, Next: 'C' } } };
  const States = {
    ...loop.States,
    C: { Type: 'Choice', Choices: [{ Variable: '$.x', IsPresent: true, Next: 'D' }], Default: 'A' },
  };
  const branch = { ...loop, States: { ...States, D: { Type: 'Succeed' } } };
  const definition = {
    StartAt: 'P',
    States: {
      P: { Type: 'Parallel', Branches: [branch], Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Z' }], End: true },
      Z: { Type: 'Succeed' },
    },
  };
  const { result, events } = await runWithEvents(definition, {}, { limits: { historyEvents: 50 } });
  expect(result).toMatchObject({
    status: 'FAILED',
    error: 'States.Runtime',
    cause: 'The execution reached the maximum number of history events (50).',
  });
  expect(events.at(-1)).toMatchObject({ id: 50, type: 'ExecutionFailed' });
  expect(events).toHaveLength(50);
});
