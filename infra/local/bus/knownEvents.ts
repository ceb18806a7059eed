import { nearest } from '../../../shared/core/nearest.ts';
import { type DeclaredOperation, jsonSchemaOf } from '../../../shared/operationDescription.ts';
import type { KnownEvents } from '../../../shared/semantics/patterns/index.ts';

type Schema = NonNullable<ReturnType<KnownEvents['dataOf']>>;

const text: Schema = { type: 'string' };
const object = (properties: Record<string, Schema>): Schema => ({
  type: 'object',
  properties,
  additionalProperties: false,
});

const STATUS: Schema = { enum: ['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED'] };
const WORKFLOW = { execution: text, workflow: text, status: STATUS };
const ERROR = object({ code: text, message: text, retry: { enum: ['never', 'backoff'] }, details: {} });

/** What the host itself publishes besides the outcomes of operations and deliveries of webhooks. */
const OF_THE_HOST: Record<string, Schema> = {
  'cloudlib.workflow.entered': object({ ...WORKFLOW, state: text }),
  'cloudlib.workflow.status': object(WORKFLOW),
  'cloudlib.schedule': object({ schedule: text, time: text, late: {}, skipped: object({ first: text, last: text }) }),
  'cloudlib.schedule.skipped': object({ schedule: text, first: text, last: text }),
  'cloudlib.configuration.applied': object({ changes: {} }),
};

const OUTCOME = /^cloudlib\.(.+)\.(succeeded|failed)$/;
/** Where every type is known; elsewhere below `cloudlib.` others may publish. */
const OURS_ALONE = /^cloudlib\.(workflow|schedule|configuration)\b/;

/** What is known of the events of a host with these operations: which types of its own come, and what they carry. */
export function knownEvents(operations: Record<string, DeclaredOperation>): KnownEvents {
  const outcomes = (): string[] =>
    Object.values(operations)
      .filter(({ idempotency }) => idempotency !== 'read')
      .flatMap(({ name }) => [`cloudlib.${name}.succeeded`, `cloudlib.${name}.failed`]);
  const named = (name?: string): DeclaredOperation | undefined =>
    name !== undefined && Object.hasOwn(operations, name) ? operations[name] : undefined;
  const schemas = new Map<string, Schema | undefined>();
  return {
    typeProblem(type) {
      if (!type.startsWith('cloudlib.') || type.startsWith('cloudlib.webhook.')) return undefined;
      if (Object.hasOwn(OF_THE_HOST, type)) return undefined;
      const asked = named(type.slice('cloudlib.'.length));
      if (asked) return `is no event; the outcomes of ${asked.name} are ${type}.succeeded and ${type}.failed`;
      const [, name] = OUTCOME.exec(type) ?? [];
      const operation = named(name);
      if (operation?.idempotency === 'read') return `never comes, because ${operation.name} only reads`;
      if (operation || (name === undefined && !OURS_ALONE.test(type))) return undefined;
      const meant = nearest(type, [...Object.keys(OF_THE_HOST), ...outcomes()]);
      return `is no event of CloudLib${meant === undefined ? '' : `; did you mean ${meant}?`}`;
    },
    dataOf(type) {
      // Thousands of rules may name one type.
      if (!schemas.has(type)) schemas.set(type, OF_THE_HOST[type] ?? dataOfOutcome(type, named));
      return schemas.get(type);
    },
  };
}

function dataOfOutcome(type: string, named: (name?: string) => DeclaredOperation | undefined): Schema | undefined {
  const [, name, outcome] = OUTCOME.exec(type) ?? [];
  const operation = named(name);
  if (!operation) return undefined;
  // What failed may have been asked for with any input.
  if (outcome === 'failed') return object({ input: {}, error: ERROR });
  return object({ input: embedded(operation.input), output: embedded(operation.output) });
}

/** A schema within another; one that refers to itself is left open. */
function embedded(schema: DeclaredOperation['input']): Schema {
  const made = jsonSchemaOf(schema) as Schema;
  return JSON.stringify(made).includes('"$ref"') ? {} : made;
}
