import { z } from 'zod';
import { Snapshot } from '../../shared/types/database.ts';

/** A snapshot with what the specification's own record of it leaves out. */
export const SnapshotDescription = z.strictObject({
  snapshot: Snapshot,
  type: z.enum(['manual', 'final', 'automated']),
  failure: z.string().optional(),
});
export type SnapshotDescription = z.infer<typeof SnapshotDescription>;

/** The name of any snapshot, those that are taken by themselves included. */
export const AnySnapshotName = z
  .string()
  .regex(/^(?:automated:)?[a-z](?:-?[a-z0-9])*$/, 'the name of a snapshot expected, such as "before-migration"')
  .max(255);
