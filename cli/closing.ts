import type { Terminal } from './terminal.ts';

/** The first signal closes what runs here cleanly; a second SIGINT ends the process at once. */
export function closeOnSignals(running: { close(): Promise<void> }, terminal: Terminal): void {
  let closing = false;
  const close = (signal: NodeJS.Signals): void => {
    if (closing && signal === 'SIGINT') process.exit(130);
    if (closing) return;
    closing = true;
    terminal.notice('stopping …');
    running.close().then(
      () => process.exit(0),
      (error) => {
        terminal.notice(`it did not stop cleanly: ${(error as Error).message}`);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, close);
}
