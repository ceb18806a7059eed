import type { Json, JsonObject } from '../../shared/semantics/states/index.ts';

export const NO_OP = 'arn:aws:lambda:us-east-1:000000000000:function:no-op';

/** So many tasks, one after the other, each passing its input on. */
export function chain(tasks: number): JsonObject {
  const states: JsonObject = {};
  for (let i = 1; i <= tasks; i += 1) {
    const onward: JsonObject = i === tasks ? { End: true } : { Next: `T${i + 1}` };
    states[`T${i}`] = { Type: 'Task', Resource: NO_OP, ...onward };
  }
  return { StartAt: 'T1', States: states };
}

/** A task for each item of the input. */
export const mapOf = (itemsAtOnce: number): JsonObject => ({
  StartAt: 'M',
  States: { M: { Type: 'Map', MaxConcurrency: itemsAtOnce, ItemProcessor: chain(1), End: true } },
});

export const items = (count: number): Json[] => Array.from({ length: count }, (_, i) => i);

/** Waits for a day. */
export const DAY: JsonObject = { StartAt: 'W', States: { W: { Type: 'Wait', Seconds: 86_400, End: true } } };
