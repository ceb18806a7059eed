import { Command } from 'commander';
import { list } from './list.ts';

/** `cloudlib schedules`: the automations that time starts. */
export const schedules = (): Command =>
  new Command('schedules').description('see the schedules of the host').addCommand(list());
