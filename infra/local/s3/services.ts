import type { Clock } from '../../../shared/core/clock.ts';
import type { StoragePort } from '../../../shared/drivers/storage/port.ts';
import type { Accounts } from './accounts.ts';
import type { Documents } from './documents.ts';

/** What the operations of the endpoint work with. */
export interface Services {
  storage: StoragePort;
  documents: Documents;
  accounts: Accounts;
  clock: Clock;
  region: string;
}
