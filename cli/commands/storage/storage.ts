import { Command } from 'commander';
import { serve } from './serve.ts';

/** `cloudlib storage`: object storage on this machine. */
export const storage = (): Command =>
  new Command('storage').description('object storage on this machine, with the interface of S3').addCommand(serve());
