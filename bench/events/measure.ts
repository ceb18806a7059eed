// One measurement in a process of its own: `measure.ts <what> <directory> <number …>` prints its result as JSON.
import { LatencyHistogram } from '../../shared/core/histogram.ts';
import { countdown, inLanes, timed } from '../states/contender.ts';
import { openBus, publish } from './delivering.ts';

/** Publishes `count` events, so many in flight, until the last one has invoked its operation, which reads or changes something. */
async function flow(
  directory: string,
  count: number,
  inFlight: number,
  rules: number,
  changes: number,
): Promise<object> {
  const begun = new Map<string, number>();
  const published = new LatencyHistogram();
  const invoked = new LatencyHistogram();
  const done = countdown(count);
  const bus = openBus(directory, { rules, idempotency: changes ? 'request' : 'read' }, (id) => {
    invoked.record(performance.now() - begun.get(id)!);
    done.tick();
  });
  bus.start();
  const milliseconds = await timed(async () => {
    await inLanes(count, inFlight, async (index) => {
      const begin = performance.now();
      begun.set(`e${index}`, begin);
      await publish(bus, `e${index}`, (index * 7919) % rules);
      published.record(performance.now() - begin);
    });
    await done.done;
  });
  return {
    perSecond: count / (milliseconds / 1000),
    published: [published.percentile(50), published.percentile(99)],
    invoked: [invoked.percentile(50), invoked.percentile(99)],
  };
}

/** Leaves `count` events behind that nobody has delivered. */
async function leave(directory: string, count: number, rules: number): Promise<object> {
  const bus = openBus(directory, { rules, idempotency: 'read' }, () => {});
  bus.close();
  await inLanes(count, 1_000, (index) => publish(bus, `e${index}`, index % rules));
  return {};
}

/** Takes up what `leave` left: milliseconds from the opening of the database until the last one has invoked its operation. */
async function drain(directory: string, count: number, rules: number): Promise<object> {
  const done = countdown(count);
  const milliseconds = await timed(async () => {
    openBus(directory, { rules, idempotency: 'read' }, () => done.tick()).start();
    await done.done;
  });
  return { milliseconds };
}

const [what, directory, ...numbers] = process.argv.slice(2);
const measurements: Record<string, (directory: string, ...numbers: number[]) => Promise<object>> = {
  flow: flow as never,
  leave: leave as never,
  drain: drain as never,
};
const result = await measurements[what!]!(directory!, ...numbers.map(Number));
// Some of what is left is still being written: no ceremony, as a crash has none.
process.stdout.write(JSON.stringify(result), () => process.exit(0));
