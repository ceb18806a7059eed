import type { Delivery, DeliveryStatus } from '../shared/host.ts';
import { printableLine } from './plainText.ts';
import { type Paint, table } from './terminal.ts';
import { ago } from './times.ts';

/** The colour of a status says whether it went well. */
export function deliveryStatusText(status: DeliveryStatus, paint: Paint): string {
  if (status === 'DELIVERED') return paint.green(status);
  return status === 'DEAD' ? paint.red(status) : paint.cyan(status);
}

/** Dead letters, one row each. */
export function deadLetterTable(letters: Delivery[], paint: Paint): string {
  if (letters.length === 0) return 'there are no dead letters';
  const now = new Date();
  return table(
    paint,
    ['ID', 'RULE', 'EVENT', 'SINCE', 'TRIES', 'REASON'],
    letters.map(({ id, rule, event, createdAt, attempts, reason }) => [
      String(id),
      rule,
      printableLine(`${event.type} ${event.id}`),
      ago(new Date(createdAt), now),
      String(attempts),
      paint.red(printableLine(reason ?? '')),
    ]),
  );
}
