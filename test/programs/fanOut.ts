// A machine with a Map, a Parallel inside of a Map, Retries and a Wait all in flight at once, and the task that it calls.
import type { JsonObject } from '../../shared/semantics/states/index.ts';

const work = (value: string, more: JsonObject = { End: true }): JsonObject => ({
  Type: 'Task',
  Resource: 'test:work',
  Arguments: { value },
  Retry: [{ ErrorEquals: ['Boom'], IntervalSeconds: 1 }],
  ...more,
});

const INPUT = '{% $states.input %}';

export const FAN_OUT: JsonObject = {
  QueryLanguage: 'JSONata',
  StartAt: 'All',
  States: {
    All: {
      Type: 'Parallel',
      Branches: [
        {
          StartAt: 'Many',
          States: {
            Many: {
              Type: 'Map',
              Items: '{% [1..100] %}',
              MaxConcurrency: 6,
              ItemProcessor: {
                StartAt: 'First',
                States: { First: work(INPUT, { Next: 'Second' }), Second: work(INPUT) },
              },
              End: true,
            },
          },
        },
        {
          StartAt: 'Pairs',
          States: {
            Pairs: {
              Type: 'Map',
              Items: '{% [101..140] %}',
              MaxConcurrency: 2,
              ItemProcessor: {
                StartAt: 'Both',
                States: {
                  Both: {
                    Type: 'Parallel',
                    Branches: [
                      { StartAt: 'Left', States: { Left: work(INPUT) } },
                      { StartAt: 'Right', States: { Right: work('{% $states.input + 1 %}') } },
                    ],
                    End: true,
                  },
                },
              },
              End: true,
            },
          },
        },
        {
          StartAt: 'Pause',
          States: { Pause: { Type: 'Wait', Seconds: 1, Next: 'After' }, After: work('{% 7 %}') },
        },
      ],
      Next: 'Last',
    },
    Last: work('{% $count($states.input[0]) %}', { End: true, Output: { all: INPUT, last: '{% $states.result %}' } }),
  },
};

/** What `test:work` gives; every tenth value fails at first. */
export function resultOf(payload: unknown, attempt: number): number {
  const { value } = payload as { value: number };
  if (value % 10 === 0 && attempt === 1) throw Object.assign(new Error('not yet'), { name: 'Boom' });
  return (value * 37 + 11) % 1000;
}
