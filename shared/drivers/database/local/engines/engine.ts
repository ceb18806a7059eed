import type { DatabaseEndpoint } from '../../../../types/database.ts';
import type { DatabaseCapability, EngineKind } from '../../port.ts';
import type { Account } from '../account.ts';

/** The server of an engine that is installed here. */
export interface Installation {
  /** The folder or file that is started. */
  program: string;
  version: string;
  /** Where engines of the same protocol differ. */
  flavour?: string;
  /** Whether the program is a container engine, which runs whatever version is asked for. */
  container?: boolean;
}

/** One server of an instance: where its files are, and how it is to run. */
export interface Node {
  installation: Installation;
  account: Account | undefined;
  /** Holds `data` and what the engine needs besides it. */
  directory: string;
  /** The data directory. */
  data: string;
  port: number;
  /** The version that was asked for. */
  version: string;
  /** Megabytes for the engine's cache. */
  cache: number;
  /** Where write-ahead logs are kept, for engines that restore to a point in time. */
  archive: string | undefined;
  /** The port of the primary that it follows. */
  follows?: number;
  /** Of the administrator that only the host knows. */
  adminPassword: string;
}

/** What an engine counts, at one moment. */
export interface Measurement {
  connections: number;
  /** Reads from memory and all reads, since the engine started. */
  cacheHits: number;
  cacheReads: number;
  /** Bytes. */
  size: number;
  /** Since the engine started. */
  transactions: number;
}

/** From where a database is filled that is restored to a point in time. */
export interface RecoverySource {
  archive: string;
  time: Date;
}

/** The administrator that only the host knows; clients are `MASTER`, who is no superuser. */
export const ADMIN = 'cloudlib_internal';
export const MASTER = 'master';

/** How one engine is made, run, asked and copied. It holds no state and knows no instance. */
export interface Engine {
  readonly kind: EngineKind;
  readonly capabilities: ReadonlySet<DatabaseCapability>;
  /** The engine's own logs by type; the value is the file in the folder of logs. */
  readonly logs: Readonly<Record<string, string>>;
  /** The signal that ends it in order. */
  readonly stopSignal: NodeJS.Signals;
  /** What to install so that it is found. */
  readonly advice: string;

  find(directory: string, account: Account | undefined): Promise<Installation | undefined>;
  /** Makes an empty data directory. */
  initialise(node: Node, signal: AbortSignal): Promise<void>;
  /** Writes the settings that the next start reads; with them a copy becomes a standby where the node follows another one. */
  configure(node: Node): Promise<void>;
  command(node: Node): string[];
  /** Variables that the command needs besides the usual ones. */
  environment?(node: Node): Record<string, string>;
  /** Resolves when it answers a query. */
  ping(node: Node): Promise<void>;
  /** Makes the users of a database that has just been made or restored, with the master's password. */
  prepare(node: Node, masterPassword: string): Promise<void>;
  measure(node: Node): Promise<Measurement>;
  connectionString(endpoint: DatabaseEndpoint, password: string): string;
  /** Resolves when a query is answered to the master. */
  connect(endpoint: DatabaseEndpoint, password: string): Promise<void>;
  /**
   * Copies the data while the engine runs and is written to, so that a start on the copy finds what was committed at one moment. The process
   * of an engine without a way of its own is held still for as long as the copy takes.
   */
  copy?(node: Node, target: string, signal: AbortSignal): Promise<void>;
  /** Lets `copy` happen while nothing is half written that a start would not repair. */
  quiesce?(node: Node, copy: () => Promise<void>): Promise<void>;
  /** Whether a file of the data directory belongs to the running server rather than to the data. */
  isTransient(path: string): boolean;
  /** The time at the beginning of a line of its logs; undefined when the line continues the one before. */
  timeOf(line: string): Date | undefined;

  /** Makes the copy in `node.data` come up as what the source held at a time. */
  recoverTo?(node: Node, source: RecoverySource): Promise<void>;
  /** Resolves when a recovery has come to its end. */
  recovered?(node: Node): Promise<boolean>;
  /** Puts everything that was committed until now into the archive. */
  archiveNow?(node: Node): Promise<void>;
  /** Removes from the archive what is older than a copy of the data. */
  pruneArchive?(archive: string, copy: string): Promise<void>;
  /** Whether it receives what the primary writes. */
  isStreaming?(node: Node): Promise<boolean>;
  /** Ends the following: from then on it is written to. */
  promote?(node: Node): Promise<void>;
}
