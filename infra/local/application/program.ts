// What a worker process runs: one operation of an application, one call at a time.
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { AppContext, AppOperation } from '../../../shared/appOperation.ts';
import type { Json } from '../../../shared/core/codecs.ts';
import { CloudError, type CloudErrorJson } from '../../../shared/core/errors.ts';
import { decode } from '../../../shared/core/validation.ts';
import type { FromWorker, Outcome, ToWorker } from './messages.ts';

/** The largest output, in bytes of its JSON form: what the gateway takes as an input. */
const LARGEST_OUTPUT = 8 * 1024 * 1024;

const [file = '', name = ''] = process.argv.slice(2);
const waiting = new Map<number, (outcome: Outcome) => void>();
let lastId = 0;
let aborting = new AbortController();

/** A host that has ended takes its workers with it. */
process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToWorker) => {
  if (message.kind === 'Call') void call(message);
  else if (message.kind === 'Abort') aborting.abort(new CloudError('Unavailable', message.reason));
  else answer(message);
});

const operation = await load();
tell({ kind: 'Ready' });

async function load(): Promise<AppOperation> {
  const module = (await import(pathToFileURL(file).href)) as { default?: { operations?: unknown[] } };
  const candidates = [...Object.values(module), ...(module.default?.operations ?? [])] as (AppOperation | undefined)[];
  const found = candidates.find((candidate) => candidate?.name === name && typeof candidate.run === 'function');
  if (found) return found;
  throw new Error(`${file} does not export ${name}; write "export" in front of it`);
}

async function call({ input, requestId, now }: ToWorker & { kind: 'Call' }): Promise<void> {
  aborting = new AbortController();
  try {
    const context: AppContext = { requestId, now: new Date(now), signal: aborting.signal, invoke, secret };
    const output = await operation.run(decode(operation.input, input, `${name} input`), context);
    tell({ kind: 'Ended', output: written(output) });
  } catch (thrown) {
    tell({ kind: 'Ended', error: errorOf(thrown) });
  }
}

function written(output: unknown): Json {
  const { data, error } = z.safeEncode(operation.output, output);
  if (error) throw new CloudError('Internal', `${name}: its output is not what it declares: ${z.prettifyError(error)}`);
  const size = Buffer.byteLength(JSON.stringify(data) ?? '');
  if (size <= LARGEST_OUTPUT) return data as Json;
  throw new CloudError(
    'FunctionError.PayloadTooLarge',
    `${name}: its output has ${size} bytes and may have ${LARGEST_OUTPUT}; put it into storage and answer where it is`,
    { details: { size, limit: LARGEST_OUTPUT } },
  );
}

/** An error of ours crosses as it is, from whichever copy of the package; of another the stack is for the log alone. */
function errorOf(thrown: unknown): CloudErrorJson {
  const { code, message, details, retry } = thrown as Partial<CloudError>;
  const ours = thrown instanceof Error && typeof details === 'object' && typeof retry === 'string';
  if (ours) return { code: String(code), message: String(message), details, retry };
  console.error(thrown);
  return { code: 'Internal', message: `${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}` };
}

function invoke(
  target: string | { name: string },
  input: unknown,
  options: { provider?: string; requestId?: string } = {},
): Promise<Json> {
  const { provider, requestId } = options;
  const operation = typeof target === 'string' ? target : target.name;
  return ask({
    kind: 'Invoke',
    operation,
    // Times and durations in it become text, as in the configuration.
    input: JSON.parse(JSON.stringify(input ?? {})),
    ...(provider !== undefined && { provider }),
    ...(requestId !== undefined && { requestId }),
  });
}

async function secret(wanted: string): Promise<string> {
  return String(await ask({ kind: 'Secret', name: wanted }));
}

type Question = FromWorker extends infer M ? (M extends { id: number } ? Omit<M, 'id'> : never) : never;

async function ask(question: Question): Promise<Json> {
  const id = ++lastId;
  const outcome = await new Promise<Outcome>((resolve) => {
    waiting.set(id, resolve);
    tell({ ...question, id } as FromWorker);
  });
  if ('output' in outcome) return outcome.output;
  throw CloudError.fromJSON(outcome.error);
}

function answer({ id, ...outcome }: ToWorker & { kind: 'Answer' }): void {
  waiting.get(id)?.(outcome);
  waiting.delete(id);
}

function tell(message: FromWorker): void {
  // A host that has just gone ends this process by itself.
  process.send?.(message, () => {});
}
