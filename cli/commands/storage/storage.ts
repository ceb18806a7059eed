import { Command } from 'commander';
import { cp } from './cp.ts';
import { ls } from './ls.ts';
import { mb } from './mb.ts';
import { presign } from './presign.ts';
import { rb } from './rb.ts';
import { rm } from './rm.ts';
import { serve } from './serve.ts';

/** `cloudlib storage`: buckets and objects. */
export const storage = (): Command =>
  new Command('storage')
    .description('work with buckets and objects, or serve them with the interface of S3')
    .addCommand(ls())
    .addCommand(cp())
    .addCommand(rm())
    .addCommand(mb())
    .addCommand(rb())
    .addCommand(presign())
    .addCommand(serve());
