import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { apply } from './commands/apply.ts';
import { automations } from './commands/automations/automations.ts';
import { addCompletion } from './commands/completion.ts';
import { database } from './commands/database/database.ts';
import { deploy } from './commands/deploy/deploy.ts';
import { doctor } from './commands/doctor.ts';
import { events } from './commands/events/events.ts';
import { invoke } from './commands/invoke.ts';
import { logs } from './commands/logs.ts';
import { operations } from './commands/operations.ts';
import { rules } from './commands/rules/rules.ts';
import { runs } from './commands/runs/runs.ts';
import { schedules } from './commands/schedules/schedules.ts';
import { start } from './commands/start.ts';
import { stop } from './commands/stop.ts';
import { storage } from './commands/storage/storage.ts';
import { webhook } from './commands/webhook/webhook.ts';
import { workflows } from './commands/workflows/workflows.ts';
import { EXIT_CODES } from './exitCodes.ts';

/** The `cloudlib` command with everything below it; the arguments say whether the shell asks for completions. */
export async function createProgram(argv: string[]): Promise<Command> {
  const program = new Command('cloudlib')
    .description('Deploys, automates and runs things, on this machine or on a cloud.')
    .option('--state <dir>', 'state directory of the host', process.env.CLOUDLIB_STATE ?? '.cloudlib')
    .option('--json', 'print one JSON value, for programs')
    .option('--no-color', 'print without colours')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', `\n${exitCodeTable()}`);
  // A command may be given --version as an option of its own by mistake: that must not look like a success.
  if (argv.slice(2).every((argument) => argument.startsWith('-'))) program.version(version());
  const commands = [
    start(),
    stop(),
    apply(),
    deploy(),
    database(),
    invoke(),
    operations(),
    logs(),
    events(),
    runs(),
    automations(),
    rules(),
    schedules(),
    workflows(),
    storage(),
    webhook(),
    doctor(),
  ];
  for (const command of commands) program.addCommand(command);
  inherit(program);
  await addCompletion(program, argv);
  return program;
}

/** Errors and help are handled alike in all commands. */
function inherit(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inherit(command);
  }
}

function exitCodeTable(): string {
  return ['Exit codes:', ...Object.values(EXIT_CODES).map(({ code, meaning }) => `  ${code}  ${meaning}`)].join('\n');
}

function version(): string {
  for (const place of ['../package.json', '../../package.json']) {
    try {
      return JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')).version;
    } catch {
      // Compiled, this file lies one folder deeper.
    }
  }
  return 'unknown';
}
