import { Command } from 'commander';
import type { OperationDescription } from '../../shared/operationDescription.ts';
import { readConfiguration } from '../configurationFile.ts';
import { CommandFailure } from '../failure.ts';
import { runningHost } from '../hostAddress.ts';
import { action, type Session } from '../session.ts';
import { table } from '../terminal.ts';

/** `cloudlib operations`: lists the operations of CloudLib and of the application, or describes one of them. */
export const operations = (): Command =>
  new Command('operations')
    .description('list the operations, or describe one')
    .argument('[name]', 'an operation, or the beginning of several, such as deploy')
    .action(
      action(async (session, name = '') => {
        const { terminal } = session;
        const one = (await builtIn(name)) ?? (await ownOperations(session)).find((own) => own.name === name);
        if (one) {
          const { operationText } = await import('../operationText.ts');
          return terminal.result(one, (paint) => operationText(one, paint));
        }
        const some = (await allOperations(session)).filter((operation) => operation.name.startsWith(name));
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

async function builtIn(name: string): Promise<OperationDescription | undefined> {
  const { catalog } = await import('../../functions/catalog.ts');
  const { describeOperation } = await import('../../shared/operationDescription.ts');
  return Object.hasOwn(catalog, name) ? describeOperation(catalog[name as keyof typeof catalog]) : undefined;
}

async function allOperations(session: Session) {
  const { catalog } = await import('../../functions/catalog.ts');
  return [...Object.values(catalog), ...(await ownOperations(session))];
}

/** Those of the host that runs, or of the configuration in this folder. */
async function ownOperations({ directory }: Session): Promise<OperationDescription[]> {
  const running = await runningHost(directory);
  if (running) return running.host.application.operations();
  const { operations = [] } = await readConfiguration();
  const { describeOperation } = await import('../../shared/operationDescription.ts');
  return operations.map(describeOperation);
}

function unknown(name: string): CommandFailure {
  return new CommandFailure('NotFound', `there is no operation "${name}"`, {
    hint: 'list them all with "cloudlib operations"',
    details: { resource: `operation ${name}` },
  });
}
