import { readdirSync } from 'node:fs';
import { z } from 'zod';

const FOLDER = new URL('../../../shared/types/', import.meta.url);

/** The modules of shared/types by the name of their file. */
export const MODULES: Record<string, Record<string, unknown>> = Object.fromEntries(
  await Promise.all(
    readdirSync(FOLDER).map(async (file) => [file.replace(/\.ts$/, ''), await import(new URL(file, FOLDER).pathname)]),
  ),
);

/** Every schema that shared/types exports, once, under the name of its first module. */
export function everySchema(): [string, z.ZodType][] {
  const seen = new Map<z.ZodType, string>();
  for (const [file, module] of Object.entries(MODULES)) {
    for (const [name, value] of Object.entries(module)) {
      if (value instanceof z.ZodType && !seen.has(value)) seen.set(value, `${file}.${name}`);
    }
  }
  return [...seen].map(([schema, name]) => [name, schema]);
}
