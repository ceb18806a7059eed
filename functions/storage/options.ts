import { z } from 'zod';
import { type Authored, decode } from '../../shared/core/validation.ts';
import type {
  ByteRange,
  CustomerKey,
  Preconditions,
  PutOptions,
  UploadOptions,
} from '../../shared/drivers/storage/port.ts';
import { ContentHeaders, ObjectTags } from '../../shared/types/objects.ts';
import { TextMap } from '../../shared/types/scalars.ts';
import { type BucketConfig, StorageClass } from '../../shared/types/storage.ts';
import { conditionsOf } from './requests.ts';

/** A configuration as a person writes it: what has a default may be left out. */
export type BucketConfigInput = Authored<z.input<typeof BucketConfig>>;

/** What may be said of an object that is stored, besides its content and metadata. */
export interface StoreOptions extends Pick<PutOptions, 'headers' | 'tags' | 'storageClass' | 'encryption'> {
  /** The object must have this ETag now, or else nothing is stored. */
  ifMatch?: string;
  /** There must be no object yet, or else nothing is stored. */
  ifNoneMatch?: '*';
}

export interface StreamOptions extends StoreOptions {
  metadata?: Record<string, string>;
  /** Keeps the parts of an upload that breaks off; the next call takes it up and sends what is missing. */
  resume?: boolean;
  /** Is told how many bytes are in the store. */
  onProgress?(bytes: number): void;
}

export interface ReadOptions {
  versionId?: string;
  /** Offsets, both included; only `end`: that many last bytes. */
  range?: ByteRange;
  /** Of an object that is encrypted with a key of its owner. */
  customerKey?: CustomerKey;
}

export interface CopyObjectOptions extends StoreOptions {
  /** Replaces the source's. */
  metadata?: Record<string, string>;
  sourceVersionId?: string;
}

/** Which keys a listing is about. */
export interface ListingOptions {
  prefix?: string;
}

/** The content of an object as the class takes it. */
export const Content = z.instanceof(Uint8Array, {
  error: 'bytes expected: a Uint8Array, such as new TextEncoder().encode(text)',
});

const Kept = z
  .strictObject({ metadata: TextMap, headers: ContentHeaders, tags: ObjectTags, storageClass: StorageClass })
  .partial();
/** What the options of a write say, as the port has it; what has the wrong form is `InvalidInput`. */
export function storedAs(
  key: string,
  { ifMatch, ifNoneMatch, encryption, ...kept }: StoreOptions & { metadata?: Record<string, string> },
): { kept: UploadOptions; preconditions?: Preconditions } {
  const present = JSON.parse(JSON.stringify(kept));
  return {
    kept: { ...decode(Kept, present, `object "${key}"`), ...(encryption && { encryption }) },
    ...conditionsOf({ ifMatch, ifNoneMatch }),
  };
}
