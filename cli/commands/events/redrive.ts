import { Command, InvalidArgumentError } from 'commander';
import { deadLetterTable } from '../../deliveries.ts';
import { action } from '../../session.ts';

interface Options {
  list?: boolean;
}

/** `cloudlib events redrive`: dead letters are delivered again. */
export const redrive = (): Command =>
  new Command('redrive')
    .description('deliver a dead letter again, or all of them')
    .argument('[id]', 'number of the delivery', numberOf)
    .option('--list', 'only show the dead letters, with their reasons')
    .action(
      action<Options>(async (session, id) => {
        const { bus } = await session.host();
        if (session.options.list) {
          const letters = await bus.deadLetters();
          session.terminal.result(letters, (paint) => deadLetterTable(letters, paint));
          return;
        }
        const answer = await bus.redrive(id === undefined ? undefined : Number(id));
        session.terminal.result(answer, (paint) => `${paint.green('✔')} ${answer.redriven} delivered again`);
      }),
    );

function numberOf(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Name it by the number that --list shows.');
}
