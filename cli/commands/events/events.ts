import { Command } from 'commander';
import { tail } from './tail.ts';

/** `cloudlib events`: what happens on the host. */
export const events = (): Command =>
  new Command('events').description('see what happens on the host').addCommand(tail());
