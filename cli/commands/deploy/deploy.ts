import { existsSync } from 'node:fs';
import { Command } from 'commander';
import type { Json } from '../../../shared/core/codecs.ts';
import { CommandFailure } from '../../failure.ts';
import { type RolloutOptions, rollOut } from '../../rollout.ts';
import { action } from '../../session.ts';
import { abort } from './abort.ts';
import { destroy } from './destroy.ts';
import { logs } from './logs.ts';
import { promote } from './promote.ts';
import { rollback } from './rollback.ts';
import { scale } from './scale.ts';
import { status } from './status.ts';

/** `cloudlib deploy`: rolls a version out; below it, everything about deployments. */
export function deploy(): Command {
  const command = new Command('deploy')
    .description('deploy a version, and look after what is deployed')
    .argument('[file|-]', 'JSON file {"config": …, "artifacts": […]}, - for standard input')
    .option('--provider <name>', 'a provider of the configuration; the first one when left out')
    .option('--no-wait', 'do not wait until the rollout has ended')
    .usage('[options] <file|->\n       cloudlib deploy <command>');
  for (const below of [status(), logs(), promote(), abort(), rollback(), scale(), destroy()]) command.addCommand(below);
  return command.action(
    action<RolloutOptions>(async (session, file) => {
      if (file === undefined) throw missingFile();
      if (file !== '-' && !existsSync(file)) throw noSuchFile(file, command);
      const { readDeploymentFile } = await import('../../deploymentFile.ts');
      const request = await readDeploymentFile(file);
      await rollOut(session, 'deploy.deploy', request as { [key: string]: Json }, request.config.name);
    }),
  );
}

function missingFile(): CommandFailure {
  return new CommandFailure('InvalidInput', 'deploy needs a file, or a command such as status', {
    hint: 'see "cloudlib deploy --help"',
  });
}

/** What is no file may be a command that is misspelt. */
function noSuchFile(file: string, { commands }: Command): CommandFailure {
  const names = commands.map((command) => command.name());
  return new CommandFailure('InvalidInput', `there is no file ${file}, and no command of that name`, {
    hint: `the commands are ${names.join(', ')}; a file has {"config": …, "artifacts": […]}`,
  });
}
