import type { OperationDescription } from '../shared/operationDescription.ts';
import { schemaText } from './schemaText.ts';
import { jsonBlock, type Paint } from './terminal.ts';

const REPETITION = {
  read: 'It only reads.',
  natural: 'Asking again changes nothing.',
  request: 'Asking again with the same request id gives the first result.',
};

/** An operation as people read it. */
export function operationText(
  { name, summary, idempotency, input, output, errors, example }: OperationDescription,
  paint: Paint,
): string {
  return [
    `${paint.bold(paint.cyan(name))}  ${summary}`,
    REPETITION[idempotency],
    section(paint, 'Input', schemaText(input, paint)),
    section(paint, 'Output', schemaText(output, paint)),
    section(paint, 'Errors', errors.join('\n') || 'none besides the common ones'),
    section(paint, 'Example', `${jsonBlock(example)}`),
    `${paint.dim('Try it:')} cloudlib invoke ${name} --input example.json`,
  ].join('\n');
}

const section = (paint: Paint, title: string, body: string): string =>
  `\n${paint.bold(title)}\n${body
    .split('\n')
    .map((line) => `  ${line}`)
    .join('\n')}${title === 'Example' ? '\n' : ''}`;
