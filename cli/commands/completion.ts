import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/** Adds `cloudlib completion <shell>`, which prints a script, and the hidden `complete` that the script asks for suggestions. */
export async function addCompletion(program: Command, argv: string[]): Promise<void> {
  const root = tab(program, { completionCommandName: 'completion' });
  program.commands
    .find((command) => command.name() === 'completion')
    ?.description('print the completion script of a shell')
    .addHelpText('after', '\nFor bash: source <(cloudlib completion bash)');
  // Everything else starts faster without the catalog.
  if (argv[2] !== 'complete') return;
  const { catalog } = await import('../../functions/catalog.ts');
  for (const command of ['invoke', 'operations']) {
    root.commands.get(command)?.argument(command === 'invoke' ? 'operation' : 'name', (complete) => {
      for (const { name, summary } of Object.values(catalog)) complete(name, summary);
    });
  }
}
