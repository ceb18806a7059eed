import { Command } from 'commander';
import { list } from './list.ts';
import { redrive } from './redrive.ts';
import { show } from './show.ts';
import { signal } from './signal.ts';
import { stop } from './stop.ts';

/** `cloudlib runs`: the executions of workflows. */
export const runs = (): Command =>
  new Command('runs')
    .description('see the executions of workflows, answer their task tokens, end and redrive them')
    .addCommand(list())
    .addCommand(show())
    .addCommand(signal())
    .addCommand(stop())
    .addCommand(redrive());
