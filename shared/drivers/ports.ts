import type { DatabasePort } from './database/port.ts';
import type { DeployPort } from './deploy/port.ts';
import type { NoSQLPort } from './nosql/port.ts';
import type { StoragePort } from './storage/port.ts';

/** The port of each domain that has drivers; an operation's driver follows from the first part of its name. */
export interface Ports {
  database: DatabasePort;
  deploy: DeployPort;
  nosql: NoSQLPort;
  storage: StoragePort;
}

export type Domain = keyof Ports;
