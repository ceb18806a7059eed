import { Command } from 'commander';
import { publish } from './publish.ts';
import { redrive } from './redrive.ts';
import { replay } from './replay.ts';
import { show } from './show.ts';
import { tail } from './tail.ts';

/** `cloudlib events`: what happens on the host. */
export const events = (): Command =>
  new Command('events')
    .description('publish events, and see what happens on the host')
    .addCommand(tail())
    .addCommand(publish())
    .addCommand(show())
    .addCommand(redrive())
    .addCommand(replay());
