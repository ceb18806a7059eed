import { CommandFailure } from './failure.ts';

/** A bucket, and in it a key or the beginning of keys. */
export interface ObjectAddress {
  bucket: string;
  key: string;
}

const SCHEME = 'storage://';

/** Whether a text names something in the storage, and no file. */
export const isAddress = (text: string): boolean => text.startsWith(SCHEME);

/** Reads `storage://bucket/key`; without the scheme where no file could be meant. */
export function parseAddress(text: string): ObjectAddress {
  const path = isAddress(text) ? text.slice(SCHEME.length) : text;
  const slash = path.indexOf('/');
  const bucket = slash < 0 ? path : path.slice(0, slash);
  if (bucket === '') {
    throw new CommandFailure('InvalidInput', `"${text}" names no bucket`, { hint: 'write storage://bucket/key' });
  }
  return { bucket, key: slash < 0 ? '' : path.slice(slash + 1) };
}

/** The same for what must be one object. */
export function parseObject(text: string): ObjectAddress {
  const address = parseAddress(text);
  if (address.key !== '') return address;
  throw new CommandFailure('InvalidInput', `"${text}" names no object`, { hint: 'write storage://bucket/key' });
}

export const addressText = ({ bucket, key }: ObjectAddress): string => `${SCHEME}${bucket}/${key}`;
