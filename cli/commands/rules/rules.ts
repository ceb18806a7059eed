import { Command } from 'commander';
import { list } from './list.ts';
import { test } from './test.ts';

/** `cloudlib rules`: the automations that events start. */
export const rules = (): Command =>
  new Command('rules').description('see the rules over events, and try them').addCommand(list()).addCommand(test());
