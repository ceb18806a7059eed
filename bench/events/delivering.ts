import { z } from 'zod';
import { Bus } from '../../infra/local/bus/bus.ts';
import { readEvent } from '../../infra/local/bus/cloudEvent.ts';
import { readSettings } from '../../infra/local/bus/settings.ts';
import { openDatabase } from '../../infra/local/store/database.ts';
import { EventLog } from '../../infra/local/store/events.ts';
import { SqliteIdempotency } from '../../infra/local/store/idempotency.ts';
import type { Automation } from '../../shared/configuration.ts';
import { systemClock } from '../../shared/core/clock.ts';
import { GroupCommit } from '../../shared/drivers/sqlite/groupCommit.ts';
import type { CloudEvent, OperationHost } from '../../shared/host.ts';
import { type Environment, invoke, type Operation } from '../../shared/operation.ts';
import type { Idempotency } from '../../shared/operationDescription.ts';

/** An operation that does nothing, so that what is measured is everything else; a `request` is remembered and its outcome published. */
const nothing = (idempotency: Idempotency): Operation => ({
  name: 'deploy.nothing',
  summary: 'Do nothing',
  input: z.strictObject({ id: z.string() }),
  output: z.strictObject({}),
  errors: [],
  idempotency,
  example: { id: '1' },
  run: () => ({}),
});

/** The bus of the local host on its database, with so many rules of which each event matches one; `onInvoked` hears of each invocation. */
export function openBus(
  directory: string,
  { rules, idempotency }: { rules: number; idempotency: Idempotency },
  onInvoked: (id: string) => void,
): Bus {
  const operation = nothing(idempotency);
  const database = openDatabase(directory);
  const commit = new GroupCommit(database);
  const environment: Environment = {
    host: { publish: async (event: CloudEvent) => void (await bus.publish([event])) } as unknown as OperationHost,
    idempotency: new SqliteIdempotency(database, systemClock, commit),
    now: () => new Date(),
    driver: async () => ({ provider: 'local', driver: {} as never }),
  };
  const automations = Object.fromEntries(
    Array.from({ length: rules }, (_, index): [string, Automation] => [
      `rule-${index}`,
      {
        on: { kind: 'event', pattern: { type: [`bench.t${index}`], data: { state: ['open'] } } },
        start: { kind: 'operation', operation: operation.name, input: { id: '{% $event.id %}' } },
      },
    ]),
  );
  const bus = new Bus({
    database,
    commit,
    clock: systemClock,
    log: new EventLog(database, { clock: systemClock }),
    automations,
    settings: readSettings(),
    targets: {
      start: () => '',
      post: async () => ({}),
      invoke: async (_operation, input, options) => {
        const output = await invoke(operation, input, options, environment);
        onInvoked((input as { id: string }).id);
        return output;
      },
    },
  });
  return bus;
}

/** Publishes an event that one of the rules is about; it is durable when this resolves. */
export async function publish(bus: Bus, id: string, rule: number): Promise<void> {
  const event = {
    specversion: '1.0',
    id,
    source: '/bench',
    type: `bench.t${rule}`,
    subject: id,
    data: { state: 'open', amount: 1 },
  };
  await bus.publish([readEvent(event, new Date())]);
}
