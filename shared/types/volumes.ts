import { z } from 'zod';
import { StorageResource } from './resources.ts';
import { AbsolutePath, HostLabel } from './scalars.ts';

/** Ours: a volume by name, which containers then mount. */
export const VolumeSpec = z.strictObject({
  name: HostLabel,
  size: StorageResource.optional().describe(
    "min is what is allocated, max what it may grow to; the provider's usual size when absent",
  ),
  persistent: z.boolean().default(false).describe('whether the content outlives the replica'),
});
export type VolumeSpec = z.infer<typeof VolumeSpec>;

/** Ours: a volume together with the place where each replica finds it. */
export const DeploymentVolume = z.strictObject({
  ...VolumeSpec.shape,
  mountPath: AbsolutePath,
  readOnly: z.boolean().default(false),
});
export type DeploymentVolume = z.infer<typeof DeploymentVolume>;
