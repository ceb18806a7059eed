import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { catalog } from '../../functions/catalog.ts';
import { decode } from '../../shared/core/validation.ts';
import type { Operation } from '../../shared/operation.ts';
import { isErrorCode } from '../../shared/types/errors.ts';

const FUNCTIONS = new URL('../../functions/', import.meta.url);

/** Files beside the operations that are none: the class, and what the operations share. */
const OTHERS = [
  'index',
  'options',
  'presigned',
  'record',
  'remoteStorage',
  'requests',
  'snapshots',
  'steps',
  'uploadStream',
];

const operations = Object.entries(catalog as Record<string, Operation>);

const domains = readdirSync(FUNCTIONS, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

describe('the catalog', () => {
  test('has each file of an operation under its own name', () => {
    const files = domains.flatMap((domain) =>
      readdirSync(new URL(`${domain}/`, FUNCTIONS))
        .map((file) => file.replace('.ts', ''))
        .filter((file) => !OTHERS.includes(file))
        .map((file) => `${domain}.${file}`),
    );
    expect(Object.keys(catalog).sort()).toEqual(files.sort());
  });

  test.each(operations)('%s: its name is the name of its file', async (name, operation) => {
    const [domain, file] = name.split('.');
    expect(operation.name).toBe(name);
    expect((await import(new URL(`${domain}/${file}.ts`, FUNCTIONS).href)).default).toBe(operation);
  });

  test.each(operations)('%s: its example is a valid input', (name, { input, example }) => {
    expect(() => decode(input, example, name)).not.toThrow();
  });

  test.each(operations)('%s: its input refuses a key that it does not know', (name, { input, example }) => {
    expect(() => decode(input, { ...(example as object), unheardOf: 1 }, name)).toThrow(
      expect.objectContaining({ code: 'InvalidInput', message: expect.stringContaining('unheardOf') }),
    );
  });

  test.each(operations)('%s: its summary is one phrase without a full stop', (_name, { summary }) => {
    expect(summary).toMatch(/^[A-Z][^\n]*[^.\n]$/);
  });

  test.each(operations)('%s: its errors are codes that exist', (_name, { errors }) => {
    expect(errors.filter((code) => !isErrorCode(code))).toEqual([]);
  });

  test.each(operations)('%s: its schemas can be written as JSON Schema', (_name, { input, output }) => {
    for (const schema of [input, output]) {
      expect(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })).toHaveProperty('type', 'object');
    }
  });
});
