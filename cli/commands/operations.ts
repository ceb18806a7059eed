import { Command } from 'commander';
import type { Operation } from '../../shared/operation.ts';
import { CommandFailure } from '../failure.ts';
import { action } from '../session.ts';
import { table } from '../terminal.ts';

/** `cloudlib operations`: lists the catalog, or describes one operation of it. */
export const operations = (): Command =>
  new Command('operations')
    .description('list the operations, or describe one')
    .argument('[name]', 'an operation, or the beginning of several, such as deploy')
    .action(
      action(async ({ terminal }, name = '') => {
        const catalog = Object.values((await import('../../functions/catalog.ts')).catalog) as unknown as Operation[];
        const one = catalog.find((operation) => operation.name === name);
        if (one) {
          const { operationJson, operationText } = await import('../operationText.ts');
          return terminal.result(operationJson(one), (paint) => operationText(one, paint));
        }
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

function unknown(name: string): CommandFailure {
  return new CommandFailure('NotFound', `there is no operation "${name}"`, {
    hint: 'list them all with "cloudlib operations"',
    details: { resource: `operation ${name}` },
  });
}
