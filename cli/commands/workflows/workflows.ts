import { Command } from 'commander';
import { check } from './check.ts';
import { draw } from './draw.ts';

/** `cloudlib workflows`: definitions in the States Language. */
export const workflows = (): Command =>
  new Command('workflows').description('check and draw workflow files').addCommand(check()).addCommand(draw());
