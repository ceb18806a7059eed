import { Command } from 'commander';
import { z } from 'zod';
import type { Operation } from '../../shared/operation.ts';
import { CommandFailure } from '../failure.ts';
import { schemaText } from '../schemaText.ts';
import { action } from '../session.ts';
import { jsonBlock, type Paint, table } from '../terminal.ts';

/** `cloudlib operations`: lists the catalog, or describes one operation of it. */
export const operations = (): Command =>
  new Command('operations')
    .description('list the operations, or describe one')
    .argument('[name]', 'an operation, or the beginning of several, such as deploy')
    .action(
      action(async ({ terminal }, name = '') => {
        const catalog = Object.values((await import('../../functions/catalog.ts')).catalog) as unknown as Operation[];
        const one = catalog.find((operation) => operation.name === name);
        if (one) return terminal.result(describe(one), (paint) => text(one, paint));
        const some = catalog.filter((operation) => operation.name.startsWith(name));
        if (some.length === 0) throw unknown(name);
        const list = some.map(({ name, summary, idempotency }) => ({ name, summary, idempotency }));
        terminal.result(list, (paint) =>
          table(
            paint,
            ['OPERATION', 'WHAT IT DOES'],
            list.map(({ name, summary }) => [paint.cyan(name), summary]),
          ),
        );
      }),
    );

function describe({ name, summary, idempotency, input, output, errors, example }: Operation): object {
  return { name, summary, idempotency, input: jsonSchema(input), output: jsonSchema(output), errors, example };
}

const REPETITION = {
  read: 'It only reads.',
  natural: 'Asking again changes nothing.',
  request: 'Asking again with the same request id gives the first result.',
};

function text({ name, summary, idempotency, input, output, errors, example }: Operation, paint: Paint): string {
  return [
    `${paint.bold(paint.cyan(name))}  ${summary}`,
    REPETITION[idempotency],
    section(paint, 'Input', schemaText(jsonSchema(input), paint)),
    section(paint, 'Output', schemaText(jsonSchema(output), paint)),
    section(paint, 'Errors', errors.join('\n') || 'none besides the common ones'),
    section(paint, 'Example', `${jsonBlock(example as never)}`),
    `${paint.dim('Try it:')} cloudlib invoke ${name} --input example.json`,
  ].join('\n');
}

const section = (paint: Paint, title: string, body: string): string =>
  `\n${paint.bold(title)}\n${body
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}${title === 'Example' ? '\n' : ''}`;

const jsonSchema = (schema: z.ZodType): object => z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });

function unknown(name: string): CommandFailure {
  return new CommandFailure('NotFound', `there is no operation "${name}"`, {
    hint: 'list them all with "cloudlib operations"',
    details: { resource: `operation ${name}` },
  });
}
