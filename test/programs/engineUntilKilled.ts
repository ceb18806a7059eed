// Drives one execution on the state directory that it is given, and prints a line for each call of a task, until it ends or is killed.
import { writeSync } from 'node:fs';
import { Engine, type TaskCall } from '../../infra/local/engine/engine.ts';
import { openDatabase } from '../../infra/local/store/database.ts';
import { sleep, systemClock } from '../../shared/core/clock.ts';
import { FAN_OUT, resultOf } from './fanOut.ts';

const print = (line: object): number => writeSync(1, `${JSON.stringify(line)}\n`);

async function task({ signal: _, ...call }: TaskCall): Promise<number> {
  print({ call });
  await sleep(systemClock, 1 + ((call.payload as { value: number }).value % 5));
  return resultOf(call.payload, call.attempt);
}

const engine = new Engine({ database: openDatabase(process.argv[2]!), clock: systemClock, task });
engine.register('fanOut', FAN_OUT);
engine.resume();
const { execution, created } = await engine.startSoon({ workflow: 'fanOut', input: null, name: 'the one' });
print({ ready: execution.id, created });
print({ end: await engine.wait(execution.id) });
