import type { DurableClient } from 'durable-functions';
import { CloudError } from '../../shared/core/errors.ts';
import type { Records, TaskAnswer } from '../../shared/host.ts';

const KIND = 'task-token';

interface Issued {
  execution: string;
  answered?: true;
}

/** Remembers which orchestration waits for a token; the token alone does not say it. */
export async function issueTaskToken(records: Records, token: string, execution: string): Promise<void> {
  const issued: Issued = { execution };
  // The same attempt may be called again.
  if (!(await records.get(KIND, token))) await records.put(KIND, token, issued, 0);
}

/** Answers a task token: `NotFound` for one that was never issued, `Conflict` for one that is answered. */
export async function answerTaskToken(
  { client, records }: { client: Pick<DurableClient, 'raiseEvent'>; records: Records },
  token: string,
  answer: TaskAnswer | { heartbeat: true },
): Promise<void> {
  const found = await records.get<Issued>(KIND, token);
  if (!found) {
    throw new CloudError('NotFound', 'task token: no task waits for this token; check that it is complete');
  }
  if (found.value.answered) throw new CloudError('Conflict', 'task token: it is answered already');
  await client.raiseEvent(found.value.execution, token, answer);
  // After the event: an answer that was told twice counts once, one that was never told would be lost.
  if (!('heartbeat' in answer)) await records.put(KIND, token, { ...found.value, answered: true }, found.version);
}
