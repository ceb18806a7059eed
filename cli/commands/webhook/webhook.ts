import { Command } from 'commander';
import { send } from './send.ts';

/** `cloudlib webhook`: the webhooks of the host. */
export const webhook = (): Command =>
  new Command('webhook').description('try the webhooks of the host').addCommand(send());
