import type { z } from 'zod';

/** What is refused, the schema, the value with one thing wrong, and of the refusal: path, value, and what is allowed. */
export type Refusal = [what: string, schema: z.ZodType, value: unknown, path: string, got: unknown, allowed: RegExp];
