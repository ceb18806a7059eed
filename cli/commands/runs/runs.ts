import { Command } from 'commander';
import { list } from './list.ts';
import { show } from './show.ts';

/** `cloudlib runs`: the executions of workflows. */
export const runs = (): Command =>
  new Command('runs').description('see the executions of workflows').addCommand(list()).addCommand(show());
