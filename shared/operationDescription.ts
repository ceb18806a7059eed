import { z } from 'zod';
import { DurationCodec, type Json } from './core/codecs.ts';

/** What makes a repetition safe: it only reads, it changes nothing the second time, or its request id is remembered. */
export type Idempotency = 'read' | 'natural' | 'request';

/** An operation without what it does. */
export interface DeclaredOperation {
  name: string;
  summary: string;
  input: z.ZodType;
  output: z.ZodType;
  errors: string[];
  idempotency: Idempotency;
  example: unknown;
}

/** A JSON Schema. */
export type JsonSchema = { [keyword: string]: Json };

/** An operation as JSON: what it takes and gives as JSON Schemas. */
export interface OperationDescription extends Omit<DeclaredOperation, 'input' | 'output' | 'example'> {
  input: JsonSchema;
  output: JsonSchema;
  example: Json;
}

/** An operation as JSON, for those who cannot be given its functions. */
export function describeOperation({
  name,
  summary,
  idempotency,
  input,
  output,
  errors,
  example,
}: DeclaredOperation): OperationDescription {
  const schemas = { input: jsonSchemaOf(input), output: jsonSchemaOf(output) };
  return { name, summary, idempotency, ...schemas, errors, example: example as Json };
}

/** The JSON Schema of what a schema reads; durations are marked, which a codec does not do by itself. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      if (outputOf(zodSchema) === outputOf(DurationCodec)) jsonSchema.format = 'duration';
    },
  }) as JsonSchema;
}

/** The memory side of a codec, which is the same object in all its copies with descriptions. */
const outputOf = (schema: z.core.$ZodType): unknown => (schema._zod.def as { out?: unknown }).out ?? schema;
