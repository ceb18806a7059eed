import { Command } from 'commander';
import { create } from './create.ts';
import { lifecycle } from './lifecycle.ts';
import { logs } from './logs.ts';
import { snapshot } from './snapshot.ts';
import { snapshots } from './snapshots.ts';
import { status } from './status.ts';
import { url } from './url.ts';

/** `cloudlib database`: makes databases, and looks after them. */
export function database(): Command {
  const command = new Command('database')
    .description('make databases, and look after them')
    .option('--provider <name>', 'a provider of the configuration; the first one when left out');
  for (const below of [create(), status(), url(), logs(), snapshot(), snapshots(), ...lifecycle()]) {
    command.addCommand(below);
  }
  return command;
}
