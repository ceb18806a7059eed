import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { CustomerKey, ObjectEncryption, PutOptions } from '../port.ts';
import { accessDenied, downloadFailed, invalid } from './errors.ts';
import { newKey, unwrap, wrap } from './sealing.ts';
import type { StoreIndex } from './storeIndex.ts';

type Encryption = NonNullable<PutOptions['encryption']>;

/** The key that the keys of segments are wrapped with, and what is kept of it. */
export interface WrappingKey {
  key: Uint8Array;
  encryption: ObjectEncryption;
}

/**
 * The keys of a store. The managed one lies in a file of its own that only its owner may read; keys that are named are made when a name is
 * first used, and kept in the index under the managed one. A customer's key is never kept.
 */
export class Keyring {
  readonly #index: StoreIndex;
  readonly #managed: Buffer;

  private constructor(index: StoreIndex, managed: Buffer) {
    this.#index = index;
    this.#managed = managed;
  }

  static async open(index: StoreIndex): Promise<Keyring> {
    const path = join(index.directory, 'managed.key');
    const known = index.one("select value from facts where name = 'managedKey'")?.value;
    const key = readKey(path);
    if (known === undefined) {
      const made = key ?? makeKey(path);
      await index.change(() => index.run("insert into facts values ('managedKey', ?)", fingerprint(made)));
      return new Keyring(index, made);
    }
    if (key && fingerprint(key) === known) return new Keyring(index, key);
    throw downloadFailed(
      `${path} ${key ? 'is not the key that this store was written with' : 'is missing'}; nothing in the store can be read without that key: put it back from a backup`,
    );
  }

  /** The key to write with. */
  async toWrite(encryption: Encryption): Promise<WrappingKey> {
    if (encryption.type === 'CustomerProvidedKey') {
      const { type } = encryption;
      return { key: checked(encryption).key, encryption: { type, keyMd5: md5(encryption.key) } };
    }
    if (encryption.type === 'ServerSideEncryption') return { key: this.#managed, encryption };
    const key = this.#named(encryption.keyId) ?? (await this.#makeNamed(encryption.keyId));
    return { key, encryption: { type: encryption.type, keyId: encryption.keyId } };
  }

  /** The key that something was written with; only its owner brings a customer's. */
  toRead(encryption: ObjectEncryption, customerKey: CustomerKey | undefined, what: string): Uint8Array {
    if (encryption.type === 'CustomerProvidedKey') return customersKey(encryption, customerKey, what);
    if (customerKey) {
      throw invalid(`${what} is not encrypted with a customer-provided key; ask for it without one`);
    }
    if (encryption.type === 'ServerSideEncryption') return this.#managed;
    const key = this.#named(encryption.keyId ?? '');
    if (!key) throw downloadFailed(`key "${encryption.keyId}" of ${what} is not in the store any more`);
    return key;
  }

  #named(id: string): Buffer | undefined {
    const row = this.#index.one('select wrapped from named_keys where id = ?', id);
    return row && unwrap(row.wrapped as Uint8Array, this.#managed, `key ${id}`);
  }

  async #makeNamed(id: string): Promise<Buffer> {
    const wrapped = wrap(newKey(), this.#managed, `key ${id}`);
    await this.#index.change(() =>
      this.#index.run('insert into named_keys values (?, ?) on conflict do nothing', id, wrapped),
    );
    return this.#named(id)!;
  }
}

function customersKey({ keyMd5 }: ObjectEncryption, customerKey: CustomerKey | undefined, what: string): Uint8Array {
  if (!customerKey) {
    throw invalid(`${what} is encrypted with a customer-provided key; send the key that it was written with`);
  }
  if (md5(checked(customerKey).key) !== keyMd5) {
    throw accessDenied('getObject', `${what} was encrypted with another customer-provided key; send that one`);
  }
  return customerKey.key;
}

function checked(customerKey: CustomerKey): CustomerKey {
  if (customerKey.key.length === 32) return customerKey;
  throw invalid(`a customer-provided key has 32 bytes; this one has ${customerKey.key.length}`);
}

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('base64');
const fingerprint = (key: Uint8Array): string => createHash('sha256').update(key).digest('hex');

function readKey(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes a key that is on the disk, whole, before anything is encrypted with it. */
function makeKey(path: string): Buffer {
  const key = newKey();
  const file = openSync(`${path}.new`, 'w', 0o600);
  writeSync(file, key);
  fsyncSync(file);
  closeSync(file);
  renameSync(`${path}.new`, path);
  const directory = openSync(join(path, '..'), 'r');
  fsyncSync(directory);
  closeSync(directory);
  return key;
}
