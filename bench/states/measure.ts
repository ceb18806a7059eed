// One measurement in a process of its own: `measure.ts <contender> <method> <directory> <number …>` prints what it gives.
import type { Contender } from './contender.ts';

const [contender, method, directory, ...numbers] = process.argv.slice(2);
const { default: subject } = (await import(`./${contender}.ts`)) as { default: Contender };
const [count, inFlight] = numbers.map(Number);
const result =
  method === 'workflows'
    ? await subject.workflows(count!, inFlight!, directory!)
    : await subject[method as Exclude<keyof Contender, 'workflows'>]!(count!, directory!);
// Executions may be waiting still: no ceremony, as a crash has none.
process.stdout.write(String(result ?? 0), () => process.exit(0));
