import { z } from 'zod';
import type { Json } from './core/codecs.ts';
import type { Duration } from './core/duration.ts';
import { placeOf, placeText } from './core/place.ts';
import type { Idempotency } from './operationDescription.ts';

/** The name of an application's own operation. */
export type AppName = `app.${string}`;

/** What one call of an operation may use before it is ended. */
export interface AppLimits {
  /** MB of the whole process, of which Node and CloudLib take about 130: 192 to 16,384, and 512 when left out. */
  memory?: number;
  /** How long one call may take: 15 minutes at most, and 30 seconds when left out. */
  time?: Duration;
  /** How many calls run at once, each in a process of its own: 1 to 64, and 4 when left out. */
  concurrency?: number;
}

/** What `run` of an application's own operation gets besides its input. */
export interface AppContext {
  /** Names the call; a repetition has the same one. */
  requestId: string;
  now: Date;
  /** Aborted when the time limit is reached or the host ends, half a second before the process is. */
  signal: AbortSignal;
  /** Calls another operation through the host, as often as the call itself is repeated and with one effect. */
  invoke(operation: string, input: Json, options?: { provider?: string; requestId?: string }): Promise<Json>;
  /** The value of a secret that the operation names. */
  secret(name: string): Promise<string>;
}

/** An operation of an application: declared like a built-in one, and run in a process of its own. */
export interface AppOperation<
  Name extends AppName = AppName,
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
  Context = AppContext,
> {
  name: Name;
  summary: string;
  input: Input;
  output: Output;
  /** Codes of the errors that a caller should expect, besides the common ones. */
  errors: string[];
  idempotency: Idempotency;
  /** An input in JSON form: documentation, and a test at once. */
  example: z.input<Input>;
  limits?: AppLimits;
  /** The secrets that `context.secret` gives; there are no others. */
  secrets?: string[];
  /** The variables of the host's environment that the process gets; there are no others. */
  environment?: string[];
  run(input: z.output<Input>, context: Context): Promise<z.output<Output>> | z.output<Output>;
}

const LIMITS = { memory: [192, 16_384], concurrency: [1, 64] } as const;
const LONGEST_TIME = 15 * 60_000;
const IDEMPOTENCIES: unknown[] = ['read', 'natural', 'request'] satisfies Idempotency[];

/** What is wrong with the operations of an application, a line each with its place. */
export function appOperationProblems(operations: readonly AppOperation[]): string[] {
  const names = new Set<string>();
  return operations.flatMap((operation, index) => {
    const name = operation?.name ?? `number ${index + 1}`;
    const problems = problemsOf(operation);
    if (names.has(name)) problems.push('another operation has the same name');
    names.add(name);
    const place = placeOf(operation);
    return problems.map((problem) => `operation "${name}": ${problem}${place ? ` (${placeText(place)})` : ''}`);
  });
}

function problemsOf(operation: AppOperation): string[] {
  if (!operation || typeof operation !== 'object') return ['it is none: write operation({ name: "app.…", … })'];
  const { name, summary, input, output, idempotency, example, run, secrets = [], environment = [] } = operation;
  const schemas = [input, output].every((schema) => typeof schema?.safeParse === 'function');
  return [
    /^app\.[a-z][A-Za-z0-9]{0,62}$/.test(name) ||
      'its name is "app." and then letters and digits, such as "app.resizeImage"',
    (typeof summary === 'string' && summary !== '') || 'it has no summary; say in a phrase what it does',
    schemas || 'input and output are Zod schemas, such as z.strictObject({ … })',
    !schemas || exampleProblem(input, example),
    IDEMPOTENCIES.includes(idempotency) || 'idempotency is "read", "natural" or "request"',
    typeof run === 'function' || 'it has no function "run"',
    placeOf(operation) !== undefined || 'it was not made by operation(…), so the file to run it from is not known',
    ...limitProblems(operation.limits),
    ...[...secrets, ...environment].map((each) => typeof each === 'string' || `${JSON.stringify(each)} is not a name`),
  ].filter((problem) => typeof problem === 'string');
}

function exampleProblem(input: z.ZodType, example: unknown): true | string {
  const { error } = z.safeDecode(input, example);
  return !error || `its example is not a valid input: ${z.prettifyError(error)}`;
}

function limitProblems({ time, ...limits }: AppLimits = {}): string[] {
  const problems = Object.entries(LIMITS).flatMap(([name, [least, most]]) => {
    const value = limits[name as keyof typeof LIMITS];
    if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return [];
    return [`limits.${name}: ${value} is not a whole number from ${least} to ${most}`];
  });
  // Not `instanceof`: the configuration may come from another copy of the package.
  if (time === undefined || (time.milliseconds > 0 && time.milliseconds <= LONGEST_TIME)) return problems;
  return [...problems, `limits.time: ${time} is not a duration of at most 15 minutes, such as Duration.seconds(30)`];
}
