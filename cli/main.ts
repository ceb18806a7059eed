import { createProgram } from './program.ts';
import { reportFailure } from './report.ts';
import { Terminal } from './terminal.ts';

/** Runs the command line; the process's exit code says how it ended. */
export async function main(argv: string[]): Promise<void> {
  // A reader that has seen enough (`| head`) is no failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  try {
    const program = await createProgram(argv);
    await program.parseAsync(argv);
  } catch (thrown) {
    process.exitCode = reportFailure(thrown, terminalOf(argv));
  }
}

/** What was asked of the terminal, known even where the rest of the command line could not be read. */
function terminalOf(argv: string[]): Terminal {
  const own = argv.slice(0, argv.indexOf('--') < 0 ? undefined : argv.indexOf('--'));
  return new Terminal({ json: own.includes('--json'), color: !own.includes('--no-color') });
}
