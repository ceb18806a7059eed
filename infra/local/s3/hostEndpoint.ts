import { join } from 'node:path';
import type { Clock } from '../../../shared/core/clock.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import type { StoragePort } from '../../../shared/drivers/storage/port.ts';
import type { SigningKey } from '../../../shared/semantics/sigv4/index.ts';
import { Accounts, accountOf } from './accounts.ts';
import { Documents } from './documents.ts';
import { hostKey } from './keys.ts';
import { EndpointPresigner } from './presigner.ts';
import { S3Server } from './server.ts';
import { REGION } from './storageServer.ts';

/** The S3 interface of a host's own store, beside its gateway. */
export class HostEndpoint {
  readonly presigner: EndpointPresigner;
  readonly #directory: string;
  readonly #key: SigningKey;
  readonly #clock: Clock;
  #documents: Documents | undefined;
  #server: S3Server | undefined;

  /** `directory` is the host's state directory, where the key lies. */
  constructor(directory: string, clock: Clock) {
    this.#directory = directory;
    this.#key = hostKey(directory);
    this.#clock = clock;
    this.presigner = new EndpointPresigner({ key: this.#key, region: REGION, clock, address: () => this.url });
  }

  /** Where it answers, once it does. */
  get url(): string | undefined {
    return this.#server && `http://127.0.0.1:${this.#server.port}`;
  }

  /** Listens on a port; where another program has it, on any free one. */
  async listen(storage: StoragePort, port: number): Promise<void> {
    this.#documents ??= new Documents(join(this.#directory, 'storage'));
    const accounts = new Accounts([{ ...this.#key, account: accountOf(this.#key.accessKeyId) }]);
    const options = {
      storage,
      documents: this.#documents,
      accounts,
      clock: this.#clock,
      region: REGION,
      domains: ['localhost'],
    };
    this.#server = await S3Server.open({ ...options, port }).catch((error) => {
      if (error instanceof CloudError && error.code === 'Unavailable') return S3Server.open({ ...options, port: 0 });
      throw error;
    });
  }

  async close(): Promise<void> {
    await this.#server?.close();
    this.#documents?.close();
  }
}
