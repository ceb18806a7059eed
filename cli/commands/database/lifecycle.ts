import { Command } from 'commander';
import { askDatabase, awaitDatabase, type ProviderOption } from '../../databases.ts';
import { action } from '../../session.ts';

interface Options extends ProviderOption {
  forceFailover?: boolean;
  skipFinalSnapshot?: boolean;
}

interface Change {
  command: Command;
  operation: string;
  until: string;
  /** What the operation is told besides the name. */
  input?(options: Options): object;
  done: string;
}

const CHANGES: (() => Change)[] = [
  () => ({
    command: new Command('start').description('start a database that was stopped or has failed'),
    operation: 'startInstance',
    until: 'Available',
    done: 'runs',
  }),
  () => ({
    command: new Command('stop').description('stop a database; its data stays'),
    operation: 'stopInstance',
    until: 'Stopped',
    done: 'is stopped',
  }),
  () => ({
    command: new Command('reboot')
      .description('stop a database and start it again')
      .option('--force-failover', 'let its standby take over'),
    operation: 'rebootInstance',
    until: 'Available',
    input: ({ forceFailover = false }) => ({ forceFailover }),
    done: 'runs again',
  }),
  () => ({
    command: new Command('delete')
      .description('delete a database, after a last snapshot of it')
      .option('--skip-final-snapshot', 'take no snapshot: its data is lost'),
    operation: 'deleteInstance',
    until: 'Deleted',
    input: ({ skipFinalSnapshot = false }) => ({ skipFinalSnapshot }),
    done: 'is deleted',
  }),
];

/** `cloudlib database start`, `stop`, `reboot` and `delete`: each waits until it is done. */
export const lifecycle = (): Command[] => CHANGES.map((change) => commandOf(change()));

const commandOf = ({ command, operation, until, input, done }: Change): Command =>
  command.argument('<name>', 'the database').action(
    action<Options>(async (session, name) => {
      const { options, terminal } = session;
      const host = await session.host();
      const answer = await askDatabase<object>(host, operation, { name, ...input?.(options) }, options);
      await awaitDatabase(host, { name: name!, until }, options);
      terminal.result(answer, (paint) => `${paint.green('✔')} ${paint.bold(name!)} ${done}`);
    }),
  );
