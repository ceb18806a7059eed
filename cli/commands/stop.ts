import { Command } from 'commander';
import { HostLock } from '../../infra/local/store/database.ts';
import { CommandFailure } from '../failure.ts';
import { action } from '../session.ts';

/** Milliseconds that a host gets to stop its replicas, which have a grace of their own. */
const LONGEST_STOP = 60_000;
const LOOK_INTERVAL = 50;

/** `cloudlib stop`: ends the host of the state directory. */
export const stop = (): Command =>
  new Command('stop').description('end the host of the state directory').action(
    action(async (session) => {
      const { terminal, directory } = session;
      const { host, address } = await session.runningHost();
      // Only the host itself knows the token: so the pid is the one of the host and not of another program that has it now.
      await host.executions({ limit: 1 });
      process.kill(address.pid, 'SIGTERM');
      terminal.notice(terminal.noticePaint.dim(`stopping the host (pid ${address.pid}) …`));
      await lockIsFree(directory, address.pid);
      terminal.result({ stopped: address.pid }, (paint) => `${paint.green('✔')} stopped`);
    }),
  );

async function lockIsFree(directory: string, pid: number): Promise<void> {
  for (const deadline = Date.now() + LONGEST_STOP; Date.now() < deadline; ) {
    if (!HostLock.isHeld(directory)) return;
    await new Promise((wake) => setTimeout(wake, LOOK_INTERVAL));
  }
  throw new CommandFailure('Unavailable', `the host (pid ${pid}) has not ended within ${LONGEST_STOP / 1000} s`, {
    hint: `look at host.log in ${directory}; kill -9 ${pid} ends it, and the next start takes up what it leaves`,
  });
}
