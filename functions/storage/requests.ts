import { z } from 'zod';
import { Count, DurationCodec, NonEmpty } from '../../shared/core/codecs.ts';
import { Duration } from '../../shared/core/duration.ts';
import type { Preconditions } from '../../shared/drivers/storage/port.ts';
import { ContentHeaders, ObjectTags } from '../../shared/types/objects.ts';
import { TextMap } from '../../shared/types/scalars.ts';
import { StorageClass } from '../../shared/types/storage.ts';

/** The most bytes of content that travel within a request, an answer or an event; more goes through a presigned URL. */
export const LARGEST_INLINE = 128 * 1024;

/** Names an object; a key that none can have is refused by the store as `InvalidObjectName`. */
export const ObjectFields = { bucket: NonEmpty, key: z.string() };

/** Names an object, or one version of it. */
export const VersionFields = { ...ObjectFields, versionId: NonEmpty.optional() };

/** Names an upload in parts. */
export const UploadFields = { ...ObjectFields, uploadId: NonEmpty };

const KEY_STAYS =
  'ServerSideEncryption or CustomerManagedKey expected: a key that the customer provides never travels in a request';

/** What is kept with the content of an object. */
export const KeptFields = {
  metadata: TextMap.optional(),
  headers: ContentHeaders.optional(),
  tags: ObjectTags.optional(),
  storageClass: StorageClass.optional(),
  encryption: z
    .discriminatedUnion(
      'type',
      [
        z.strictObject({ type: z.literal('ServerSideEncryption') }),
        z.strictObject({ type: z.literal('CustomerManagedKey'), keyId: NonEmpty }),
      ],
      { error: (issue) => (issue.code === 'invalid_union' ? KEY_STAYS : undefined) },
    )
    .optional()
    .describe("the bucket's own when left out"),
};

/** What must hold of the object that is there for a write to be done; ETags without quotes. */
export const WriteConditionFields = {
  ifMatch: NonEmpty.optional().describe('the ETag that the object must have now'),
  ifNoneMatch: z.literal('*').optional().describe('there must be no object yet'),
};

/** How much of a listing is wanted, and from where. */
export const PageFields = {
  prefix: z.string().optional(),
  delimiter: NonEmpty.optional().describe('keys that have it after the prefix are given as one common prefix'),
  after: z.string().optional().describe('the "next" of the page before'),
  limit: Count.min(1).max(1000).optional().describe('1,000 when left out'),
};

const LONGEST_PRESIGNED = Duration.days(7);

/** How long a presigned request can be made: a second to seven days. */
export const PresignedFor = DurationCodec.refine(
  (duration) =>
    !(duration instanceof Duration) ||
    (duration.milliseconds >= 1000 && duration.milliseconds <= LONGEST_PRESIGNED.milliseconds),
  'a length of time from 1 second to 7 days expected, such as PT15M',
);

/** How long a request can be made with which content is to be moved at once. */
export const TRANSFER_TIME = Duration.minutes(15);

/** The same, when a request does not say how long. */
export const TransferFor = PresignedFor.default(() => TRANSFER_TIME);

/** A request that whoever has its URL may make until it expires. */
export const PresignedRequest = z.strictObject({ url: NonEmpty, method: NonEmpty });

/** The conditions of a request, as the port has them. */
export function conditionsOf({ ifMatch, ifNoneMatch }: { ifMatch?: string; ifNoneMatch?: '*' }): {
  preconditions?: Preconditions;
} {
  if (ifMatch === undefined && ifNoneMatch === undefined) return {};
  return {
    preconditions: { ...(ifMatch !== undefined && { ifMatch: [ifMatch] }), ...(ifNoneMatch && { ifNoneMatch: ['*'] }) },
  };
}
