import { encode } from '../../shared/core/validation.ts';
import type { LocalItemChange } from '../../shared/drivers/nosql/local/index.ts';
import type { CloudEvent } from '../../shared/host.ts';
import { ItemChange } from '../../shared/types/nosql.ts';

/** The event of an item's change; the number of the table and the sequence of the change are its identity. */
export function itemEvent({ kind, tableId, data }: LocalItemChange, time: Date): CloudEvent {
  const encoded = encode(ItemChange, data, 'change');
  return {
    specversion: '1.0',
    id: `${tableId}.${data.sequence}`,
    source: `/nosql/${data.table}`,
    type: `cloudlib.nosql.item.${kind}`,
    time: time.toISOString(),
    subject: JSON.stringify(encoded.key),
    datacontenttype: 'application/json',
    data: encoded,
  };
}
