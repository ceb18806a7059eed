import type { Json } from '../../../shared/core/codecs.ts';
import type { CloudErrorJson } from '../../../shared/core/errors.ts';

/** What the host tells a worker process. */
export type ToWorker =
  | { kind: 'Call'; input: Json; requestId: string; now: string }
  | { kind: 'Abort'; reason: string }
  | ({ kind: 'Answer'; id: number } & Outcome);

/** What a worker process tells the host. It has one call at a time; what it asks meanwhile is numbered. */
export type FromWorker =
  | { kind: 'Ready' }
  | ({ kind: 'Ended' } & Outcome)
  | { kind: 'Invoke'; id: number; operation: string; input: Json; provider?: string; requestId?: string }
  | { kind: 'Secret'; id: number; name: string };

/** How something went. */
export type Outcome = { output: Json } | { error: CloudErrorJson };
