import { Command } from 'commander';
import { type RolloutOptions, rollOut } from '../../rollout.ts';
import { action } from '../../session.ts';

/** `cloudlib deploy rollback`: goes back to an earlier version. */
export const rollback = (): Command =>
  new Command('rollback')
    .description('go back to an earlier version at once')
    .argument('<name>', 'the deployment')
    .argument('[version]', 'the version; the one that was promoted before when left out')
    .option('--no-wait', 'do not wait until the rollout has ended')
    .action(
      action<RolloutOptions>((session, name, version) =>
        rollOut(session, 'deploy.rollback', { name: name!, ...(version !== undefined && { version }) }, name!),
      ),
    );
