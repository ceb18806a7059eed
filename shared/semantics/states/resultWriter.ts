import type { Json, JsonObject } from './definition.ts';
import type { Settled, Steps } from './effects.ts';
import { ERRORS, StateError } from './errors.ts';
import { type Execution, isoTime } from './execution.ts';
import { evaluateField } from './expressions.ts';
import { effectiveInput } from './flow.ts';
import { resolveTemplate } from './paths.ts';
import { SeededRandom } from './random.ts';
import type { Visit } from './scope.ts';

/** How results can be given: with the metadata of their executions, alone, or alone with lists taken apart. */
export const TRANSFORMATIONS = ['NONE', 'COMPACT', 'FLATTEN'];

/** The formats that a file of results can have. */
export const OUTPUT_TYPES = ['JSON', 'JSONL'];

/** The execution of one item of a distributed Map; times are milliseconds since 1970. */
export interface ChildExecution {
  execution: Execution;
  input: Json;
  startedAt: number;
  stoppedAt: number;
}

/** One item of a distributed Map with what became of it; `end` is missing when it was cut off, `child` when it never began. */
export interface ItemResult {
  /** What the execution was given, or the item if it never began. */
  input: Json;
  child: ChildExecution | undefined;
  end: Settled[number] | undefined;
}

type Status = 'SUCCEEDED' | 'FAILED' | 'PENDING';

/** Where results are written: what every call of the Resource is given, and the beginning of the keys. */
export interface Destination {
  parameters: JsonObject;
  prefix: string;
  bucket: string;
}

/** Reads where a ResultWriter is to write; nothing if it only forms the output of the Map. */
export function destinationOf(visit: Visit): Destination | undefined {
  const { Resource, Arguments, Parameters } = visit.state.ResultWriter!;
  if (Resource === undefined) return undefined;
  const given =
    visit.language === 'JSONata'
      ? evaluateField(visit, 'ResultWriter/Arguments', Arguments ?? {})
      : resolveTemplate(visit, 'ResultWriter/Parameters', Parameters ?? {}, effectiveInput(visit));
  const { Prefix = '', ...parameters } = (given ?? {}) as JsonObject;
  const bucket = parameters.Bucket;
  if (typeof bucket !== 'string' || typeof Prefix !== 'string') {
    throw writerFailed(`Bucket and Prefix must be texts, got ${JSON.stringify({ Bucket: bucket, Prefix })}`);
  }
  return { parameters, bucket, prefix: Prefix === '' || Prefix.endsWith('/') ? Prefix : `${Prefix}/` };
}

/** The output of a Map whose results are not written but only formed, failures in the place of their items. */
export function formResults(visit: Visit, results: ItemResult[]): Json {
  const { Transformation = 'COMPACT' } = configurationOf(visit);
  return results.flatMap((result) => formed(visit, result, String(Transformation)));
}

/**
 * ResultWriter: has the driver put the results of each status into a file of its own, and then a manifest.json that names them; gives
 * what the Map is to put out instead of the results.
 */
export function* writeResults(visit: Visit, destination: Destination, results: ItemResult[]): Steps<Json> {
  const { Transformation = 'NONE', OutputType = 'JSON' } = configurationOf(visit);
  const run = mapRunOf(visit);
  const folder = `${destination.prefix}${run.id}`;
  const files: Record<Status, Json[]> = { FAILED: [], PENDING: [], SUCCEEDED: [] };
  for (const status of ['SUCCEEDED', 'FAILED', 'PENDING'] as const) {
    const ended = results.filter((result) => statusOf(result) === status);
    if (ended.length === 0) continue;
    const values = ended.flatMap((result) => formed(visit, result, String(Transformation)));
    const body =
      OutputType === 'JSONL' ? values.map((value) => JSON.stringify(value)).join('\n') : JSON.stringify(values);
    const key = `${folder}/${status}_0.json`;
    yield* put(visit, destination, key, body, status);
    files[status].push({ Key: key, Size: Buffer.byteLength(body) });
  }
  const key = `${folder}/manifest.json`;
  const manifest = { DestinationBucket: destination.bucket, MapRunArn: run.arn, ResultFiles: files };
  yield* put(visit, destination, key, JSON.stringify(manifest), 'manifest');
  return { MapRunArn: run.arn, ResultWriterDetails: { Bucket: destination.bucket, Key: key } };
}

const writerFailed = (cause: string): StateError => new StateError(ERRORS.ResultWriterFailed, cause);

const configurationOf = (visit: Visit): JsonObject => (visit.state.ResultWriter!.WriterConfig ?? {}) as JsonObject;

function* put(visit: Visit, { parameters }: Destination, Key: string, Body: string, name: string): Steps<void> {
  const attempt = visit.retries + 1;
  const key = `${visit.key}.${attempt}!results.${name}`;
  const resource = String(visit.state.ResultWriter!.Resource);
  const payload = { ...parameters, Key, Body };
  try {
    yield { kind: 'task', command: { kind: 'task', key, state: visit.name, resource, payload, attempt } };
  } catch (thrown) {
    if (!(thrown instanceof StateError)) throw thrown;
    throw writerFailed([thrown.error, thrown.reason].filter((part) => part !== undefined).join(': '));
  }
}

/** The name of this Map Run, the same on every replay and another for each Retry. */
function mapRunOf(visit: Visit): { id: string; arn: string } {
  const { Id, Name } = visit.execution.context.StateMachine as { Id: string; Name: string };
  const id = new SeededRandom(visit.execution.seed, `${visit.key}.${visit.retries + 1}!mapRun`).uuid();
  const own = /^(arn:[^:]*:states:[^:]*:[^:]*):stateMachine:/.exec(Id)?.[1] ?? 'arn:aws:states:local:000000000000';
  return { id, arn: `${own}:mapRun:${Name}/${labelOf(visit)}:${id}` };
}

const labelOf = (visit: Visit): string => visit.state.Label ?? visit.name;

function statusOf({ child, end }: ItemResult): Status {
  if (end && 'output' in end) return 'SUCCEEDED';
  return end || child ? 'FAILED' : 'PENDING';
}

/** A result as the transformation has it; what did not succeed is always given with its metadata. */
function formed(visit: Visit, result: ItemResult, transformation: string): Json[] {
  const { end } = result;
  if (!end || !('output' in end) || transformation === 'NONE') return [recordOf(visit, result)];
  return transformation === 'FLATTEN' && Array.isArray(end.output) ? end.output : [end.output];
}

function recordOf(visit: Visit, { input, child, end }: ItemResult): JsonObject {
  const machine = visit.execution.context.StateMachine as { Id: string };
  return {
    ...(child && identityOf(child)),
    Input: JSON.stringify(input),
    InputDetails: { Included: true },
    ...(child && {
      RedriveCount: 0,
      StartDate: isoTime(child.startedAt),
      StateMachineArn: `${machine.Id}/${labelOf(visit)}`,
      StopDate: isoTime(child.stoppedAt),
    }),
    ...endOf(end, child !== undefined),
  };
}

function identityOf({ execution }: ChildExecution): JsonObject {
  const { Id, Name } = execution.context.Execution as JsonObject;
  return { ExecutionArn: Id!, Name: Name! };
}

function endOf(end: ItemResult['end'], began: boolean): JsonObject {
  if (!end) return { Status: began ? 'ABORTED' : 'PENDING' };
  if ('output' in end) {
    return {
      Output: JSON.stringify(end.output),
      OutputDetails: { Included: true },
      RedriveStatus: 'NOT_REDRIVABLE',
      RedriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
      Status: 'SUCCEEDED',
    };
  }
  const { error, reason } =
    end.failure instanceof StateError ? end.failure : new StateError(ERRORS.Runtime, String(end.failure));
  return {
    ...(error !== undefined && { Error: error }),
    ...(reason !== undefined && { Cause: reason }),
    Status: 'FAILED',
  };
}
