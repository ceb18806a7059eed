import { createHash } from 'node:crypto';

/** Who owns buckets and objects, and is granted access to those of others. */
export interface Account {
  /** The canonical user id. */
  id: string;
  displayName: string;
  email?: string;
}

/** A pair of keys that signs for an account. */
export interface AccessKey {
  accessKeyId: string;
  secretAccessKey: string;
  account: Account;
}

/** The account that a pair of keys signs for when nothing else is said of it: its id follows from the access key id. */
export function accountOf(accessKeyId: string): Account {
  return { id: createHash('sha256').update(accessKeyId).digest('hex'), displayName: accessKeyId };
}

/** The accounts of an endpoint; the first key's account owns what no other one made. */
export class Accounts {
  readonly main: AccessKey;
  readonly #keys: ReadonlyMap<string, AccessKey>;

  constructor(keys: [AccessKey, ...AccessKey[]]) {
    this.main = keys[0];
    this.#keys = new Map(keys.map((key) => [key.accessKeyId, key]));
  }

  secretOf = (accessKeyId: string): string | undefined => this.#keys.get(accessKeyId)?.secretAccessKey;

  ofKey(accessKeyId: string): Account {
    return this.#keys.get(accessKeyId)!.account;
  }

  byId(id: string): Account | undefined {
    return this.#find((account) => account.id === id);
  }

  byEmail(email: string): Account | undefined {
    return this.#find((account) => account.email?.toLowerCase() === email.toLowerCase());
  }

  #find(matches: (account: Account) => boolean): Account | undefined {
    return [...this.#keys.values()].map(({ account }) => account).find(matches);
  }
}
