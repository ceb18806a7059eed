import { StateMachine } from 'aws-local-stepfunctions';
import type { Json } from '../../shared/semantics/states/index.ts';
import { type Contender, ITEMS_AT_ONCE, inLanes, memoryOf, timed } from './contender.ts';
import { chain, DAY, items, mapOf } from './machines.ts';

/** aws-local-stepfunctions: the same machines in memory, where nothing outlives the process. */
const localStepFunctions: Contender = {
  sequential: (tasks) => once(chain(tasks), null, tasks),

  async workflows(count, inFlight) {
    const machine = machineOf(chain(3));
    const overrides = overridesOf(3);
    return timed(() => inLanes(count, inFlight, (i) => machine.run(i, { overrides }).result));
  },

  map: (count) => once(mapOf(ITEMS_AT_ONCE), items(count), 1),

  async waiting(count) {
    const machine = machineOf(DAY);
    const runs: unknown[] = [];
    const bytes = await memoryOf(async () => {
      for (let i = 0; i < count; i += 1) runs.push(machine.run(i));
      // What each does before it waits is done within some turns of the event loop.
      for (let i = 0; i < 50; i += 1) await new Promise((resolve) => setImmediate(resolve));
    });
    return bytes / runs.length;
  },
};

export default localStepFunctions;

const machineOf = (definition: object): StateMachine =>
  new StateMachine(definition as ConstructorParameters<typeof StateMachine>[0], {
    validationOptions: { noValidate: true },
  });

const overridesOf = (tasks: number) => ({
  taskResourceLocalHandlers: Object.fromEntries(
    Array.from({ length: tasks }, (_, i) => [`T${i + 1}`, async (input: Json) => input]),
  ),
});

function once(definition: object, input: Json, tasks: number): Promise<number> {
  const machine = machineOf(definition);
  const overrides = overridesOf(tasks);
  return timed(async () => machine.run(input, { overrides }).result);
}
