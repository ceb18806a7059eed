import { Command } from 'commander';
import { list } from './list.ts';

/** `cloudlib automations`: what the configuration of the host has running. */
export const automations = (): Command =>
  new Command('automations').description('see the automations of the host').addCommand(list());
