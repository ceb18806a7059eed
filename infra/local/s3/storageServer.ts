import { resolve } from 'node:path';
import { type Clock, systemClock } from '../../../shared/core/clock.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import { LocalStorage } from '../../../shared/drivers/storage/local/index.ts';
import { HostLock } from '../store/database.ts';
import { type AccessKey, Accounts } from './accounts.ts';
import { Documents } from './documents.ts';
import { EndpointPresigner } from './presigner.ts';
import { S3Server } from './server.ts';

/** The region that an endpoint says it is in; signatures for any other are as good. */
export const REGION = 'us-east-1';

/** Below these the first label of a host's name is a bucket. */
const OWN_DOMAINS = ['localhost'];

export interface StorageServerOptions {
  /** Where the objects lie; nothing else runs on it meanwhile. */
  directory: string;
  keys: [AccessKey, ...AccessKey[]];
  /** 0 takes any free one. */
  port: number;
  /** The address to listen on; the loopback unless told otherwise. */
  address?: string;
  /** Further names below which the first label is a bucket. */
  domains?: string[];
  clock?: Clock;
  onError?(error: unknown): void;
}

/** An object store of its own with S3's interface: what `cloudlib storage serve` runs. */
export class StorageServer {
  readonly url: string;
  readonly storage: LocalStorage;
  readonly #parts: { lock: HostLock; documents: Documents; server: S3Server };

  private constructor(
    url: string,
    storage: LocalStorage,
    parts: { lock: HostLock; documents: Documents; server: S3Server },
  ) {
    this.url = url;
    this.storage = storage;
    this.#parts = parts;
  }

  static async open(options: StorageServerOptions): Promise<StorageServer> {
    const { keys, port, address = '127.0.0.1', domains = [], clock = systemClock, onError } = options;
    const directory = resolve(options.directory);
    const lock = HostLock.take(directory);
    if (!lock) throw inUse(directory);
    let url: string | undefined;
    const presigner = new EndpointPresigner({ key: keys[0], region: REGION, clock, address: () => url });
    const storage = await LocalStorage.open({ directory, clock, presigner });
    const documents = new Documents(directory);
    try {
      const server = await S3Server.open({
        ...{ storage, documents, clock, port, address },
        accounts: new Accounts(keys),
        region: REGION,
        domains: [...domains, ...OWN_DOMAINS],
        ...(onError && { onError }),
      });
      url = `http://${address.includes(':') ? `[${address}]` : address}:${server.port}`;
      return new StorageServer(url, storage, { lock, documents, server });
    } catch (error) {
      await storage.close();
      documents.close();
      lock.release();
      throw error;
    }
  }

  async close(): Promise<void> {
    const { lock, documents, server } = this.#parts;
    await server.close();
    await this.storage.close();
    documents.close();
    lock.release();
  }
}

function inUse(directory: string): CloudError {
  return new CloudError(
    'Conflict',
    `another process serves ${directory}; stop it first, or give another directory with --dir`,
    {
      details: { resource: directory, reason: 'in use' },
    },
  );
}
