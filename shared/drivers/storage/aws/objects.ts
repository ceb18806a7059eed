import { Readable } from 'node:stream';

import * as S3 from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { CloudError } from '../../../core/errors.ts';
import { cloudError } from '../../../types/errors.ts';
import type { AwsError } from '../../clients/awsErrors.ts';
import type {
  ByteRange,
  Content,
  CopyOptions,
  DeleteOptions,
  Deletion,
  GetOptions,
  ObjectReference,
  ObjectVersion,
  PutOptions,
  StoredObject,
} from '../port.ts';
import { storageError } from './errors.ts';
import { Listings } from './listing.ts';
import {
  bareEtag,
  copyConditions,
  copySource,
  copySourceKey,
  customerKey,
  encryptionOf,
  fromChecksum,
  fromEncryption,
  fromHeaders,
  fromS3Class,
  headersOf,
  readConditions,
  taggingOf,
  toS3Class,
  writeConditions,
} from './translate.ts';

/** Bytes of a part of content whose size is not known beforehand; S3 takes 10,000 of them. */
const PART_SIZE = 8 * 2 ** 20;

/** Objects: written, read, copied, deleted, tagged, restored. */
export class Objects {
  readonly #client: S3.S3Client;
  readonly #listings: Listings;

  constructor(client: S3.S3Client) {
    this.#client = client;
    this.#listings = new Listings(client);
  }

  async put(bucket: string, key: string, content: Content, options: PutOptions = {}): Promise<ObjectVersion> {
    const { size = content instanceof Uint8Array ? content.byteLength : undefined } = options;
    checkKey(key);
    const input = {
      Bucket: bucket,
      Key: key,
      Body: content instanceof Uint8Array ? content : Readable.from(content, { objectMode: false }),
      ...writeParameters(options),
      ...checksumOf(options.checksum),
      ...(options.contentMd5 && { ContentMD5: options.contentMd5 }),
      ...writeConditions(options.preconditions),
    };
    await this.#do('PutObject', { bucket, key, ...(size !== undefined && { size }) }, () =>
      size === undefined
        ? new Upload({ client: this.#client, params: input, partSize: PART_SIZE, leavePartsOnError: false }).done()
        : this.#client.send(new S3.PutObjectCommand({ ...input, ContentLength: size })),
    );
    return this.written(bucket, key, options.encryption);
  }

  async get(bucket: string, key: string, options: GetOptions = {}): Promise<StoredObject> {
    const answer = await this.#do('GetObject', subjectOf(bucket, key, options), () =>
      this.#client.send(new S3.GetObjectCommand(readParameters(bucket, key, options))),
    );
    const body = answer.Body as Readable;
    return {
      version: await this.#describe({ bucket, key }, options, answer),
      ...rangeOf(answer),
      content: Readable.toWeb(body) as ReadableStream<Uint8Array>,
    };
  }

  async head(bucket: string, key: string, options: GetOptions = {}): Promise<Omit<StoredObject, 'content'>> {
    const answer = await this.#do('HeadObject', subjectOf(bucket, key, options), () =>
      this.#client.send(new S3.HeadObjectCommand(readParameters(bucket, key, options))),
    ).catch((error) => this.#orBucketNotFound(bucket, error));
    return { version: await this.#describe({ bucket, key }, options, answer), ...rangeOf(answer) };
  }

  /** An object as it is now, after it was written; of one under a customer's key that is not known here, what a listing tells. */
  async written(bucket: string, key: string, encryption?: PutOptions['encryption']): Promise<ObjectVersion> {
    const known = encryption?.type === 'CustomerProvidedKey' ? { customerKey: encryption } : {};
    return this.head(bucket, key, known).then(
      ({ version }) => version,
      async (error) => {
        const status = (error as { cause?: AwsError }).cause?.$metadata?.httpStatusCode;
        const listed =
          status === 400 ? (await this.#listings.versions(bucket, { prefix: key, limit: 1 })).entries[0] : undefined;
        if (listed?.key === key && 'size' in listed) return listed;
        throw error;
      },
    );
  }

  async delete(bucket: string, key: string, { versionId, preconditions }: DeleteOptions = {}): Promise<Deletion> {
    const answer = await this.#do('DeleteObject', { bucket, key, ...(versionId && { versionId }) }, () =>
      this.#client.send(
        new S3.DeleteObjectCommand({
          Bucket: bucket,
          Key: key,
          ...(versionId && { VersionId: versionId }),
          ...writeConditions(preconditions),
        }),
      ),
    );
    return {
      ...(answer.VersionId && { versionId: answer.VersionId }),
      deleteMarker: answer.DeleteMarker ?? false,
    };
  }

  async copy(
    source: ObjectReference,
    target: Omit<ObjectReference, 'versionId'>,
    options: CopyOptions = {},
  ): Promise<ObjectVersion> {
    checkKey(target.key);
    await this.#do('CopyObject', { ...source }, () =>
      this.#client.send(
        new S3.CopyObjectCommand({
          Bucket: target.bucket,
          Key: target.key,
          CopySource: copySource(source),
          MetadataDirective: options.replaceMetadata ? 'REPLACE' : 'COPY',
          TaggingDirective: options.replaceTags ? 'REPLACE' : 'COPY',
          ...writeParameters(options),
          ...(options.checksum && { ChecksumAlgorithm: options.checksum.algorithm }),
          ...writeConditions(options.preconditions),
          ...copyConditions(options.sourcePreconditions),
          ...(options.sourceCustomerKey && copySourceKey(options.sourceCustomerKey)),
        }),
      ),
    );
    return this.written(target.bucket, target.key, options.encryption);
  }

  async tags({ bucket, key, versionId }: ObjectReference): Promise<Record<string, string>> {
    const { TagSet = [] } = await this.#do('GetObjectTagging', { bucket, key, ...(versionId && { versionId }) }, () =>
      this.#client.send(
        new S3.GetObjectTaggingCommand({ Bucket: bucket, Key: key, ...(versionId && { VersionId: versionId }) }),
      ),
    );
    return Object.fromEntries(TagSet.map(({ Key = '', Value = '' }) => [Key, Value]));
  }

  async setTags({ bucket, key, versionId }: ObjectReference, tags: Record<string, string>): Promise<void> {
    await this.#do('PutObjectTagging', { bucket, key, ...(versionId && { versionId }) }, () =>
      this.#client.send(
        new S3.PutObjectTaggingCommand({
          Bucket: bucket,
          Key: key,
          ...(versionId && { VersionId: versionId }),
          Tagging: { TagSet: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
        }),
      ),
    );
  }

  async restore({ bucket, key, versionId }: ObjectReference, days: number): Promise<void> {
    await this.#do('RestoreObject', { bucket, key, ...(versionId && { versionId }) }, () =>
      this.#client.send(
        new S3.RestoreObjectCommand({
          Bucket: bucket,
          Key: key,
          ...(versionId && { VersionId: versionId }),
          RestoreRequest: { Days: days, GlacierJobParameters: { Tier: 'Standard' } },
        }),
      ),
    );
  }

  /** The answer to HEAD does not say whether the object is missing or its bucket. */
  async #orBucketNotFound(bucket: string, error: CloudError): Promise<never> {
    if (error.code !== 'StorageError.ObjectNotFound') throw error;
    await this.#do('HeadBucket', { bucket }, () => this.#client.send(new S3.HeadBucketCommand({ Bucket: bucket })));
    throw error;
  }

  /** S3 tells the tags in a call of their own, and whether a version is the latest not at all: both cost a call only where they matter. */
  async #describe(
    reference: ObjectReference,
    { versionId }: GetOptions,
    answer: S3.HeadObjectCommandOutput | S3.GetObjectCommandOutput,
  ): Promise<ObjectVersion> {
    const { bucket, key } = reference;
    const latest = versionId === undefined || versionId === (await this.#latest(bucket, key));
    const tags = answer.TagCount ? await this.tags({ ...reference, ...(versionId && { versionId }) }) : {};
    const checksum = fromChecksum(answer);
    const encryption = fromEncryption(answer);
    const size = Number(/\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1] ?? answer.ContentLength ?? 0);
    return {
      key,
      size,
      lastModified: answer.LastModified ?? new Date(0),
      etag: bareEtag(answer.ETag),
      storageClass: fromS3Class(answer.StorageClass),
      metadata: answer.Metadata ?? {},
      ...(answer.VersionId && { versionId: answer.VersionId }),
      latest,
      headers: fromHeaders(answer),
      tags,
      ...(checksum && { checksum }),
      ...(encryption && { encryption }),
      ...restoreOf(answer.Restore),
    };
  }

  /** The id of the version that is read without naming one; undefined behind a delete marker. */
  async #latest(bucket: string, key: string): Promise<string | undefined> {
    const { entries } = await this.#listings.versions(bucket, { prefix: key, limit: 1 });
    return entries.find((entry) => entry.key === key && entry.latest && 'size' in entry)?.versionId;
  }

  async #do<T>(operation: string, subject: Parameters<typeof storageError>[1], call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw storageError(operation, subject, error);
    }
  }
}

/** S3 takes a request for no key for one about the bucket. */
export function checkKey(key: string): void {
  if (key !== '') return;
  const message = 'an object needs a key of 1 to 1024 bytes; this one is empty';
  throw cloudError('StorageError.InvalidObjectName', message, { name: key });
}

/** What a write says of the object besides its content. */
export function writeParameters({ metadata, headers, tags, storageClass, encryption }: PutOptions) {
  return {
    ...(metadata && { Metadata: metadata }),
    ...headersOf(headers),
    ...taggingOf(tags),
    ...(storageClass && { StorageClass: toS3Class(storageClass) }),
    ...encryptionOf(encryption),
  };
}

/** The checksum that S3 is to compute and, where its value is known, to compare. */
export function checksumOf(checksum: PutOptions['checksum']) {
  if (!checksum) return {};
  if (typeof checksum.value === 'function') {
    throw cloudError(
      'Unimplemented',
      'a checksum that is known only after the content was sent cannot be handed to S3 through its client; give its value beforehand',
      { provider: 'aws', capability: 'trailingChecksums', reason: 'the client computes trailers itself' },
    );
  }
  const { algorithm, value } = checksum;
  return { ChecksumAlgorithm: algorithm, ...(value !== undefined && { [`Checksum${algorithm}`]: value }) };
}

function readParameters(bucket: string, key: string, options: GetOptions) {
  const { versionId, range, partNumber, preconditions, customerKey: provided } = options;
  return {
    Bucket: bucket,
    Key: key,
    ChecksumMode: 'ENABLED' as const,
    ...(versionId && { VersionId: versionId }),
    ...(range && { Range: rangeHeader(range) }),
    ...(partNumber !== undefined && { PartNumber: partNumber }),
    ...readConditions(preconditions),
    ...(provided && customerKey(provided)),
  };
}

/** A range of bytes as RFC 9110 writes it. */
export const rangeHeader = ({ start, end }: ByteRange): string =>
  start === undefined ? `bytes=-${end ?? 0}` : `bytes=${start}-${end ?? ''}`;

function subjectOf(bucket: string, key: string, { versionId, range, partNumber }: GetOptions) {
  return {
    bucket,
    key,
    ...(versionId && { versionId }),
    ...(range && { range: rangeHeader(range) }),
    ...(partNumber !== undefined && { partNumber }),
  };
}

function rangeOf({ ContentRange }: { ContentRange?: string | undefined }): Pick<StoredObject, 'range'> {
  const [, start, end] = /^bytes (\d+)-(\d+)\//.exec(ContentRange ?? '') ?? [];
  return start === undefined ? {} : { range: { start: Number(start), end: Number(end) } };
}

function restoreOf(text: string | undefined): Pick<ObjectVersion, 'restore'> {
  if (!text) return {};
  const expires = /expiry-date="([^"]+)"/.exec(text)?.[1];
  return {
    restore: { ongoing: text.includes('ongoing-request="true"'), ...(expires && { expires: new Date(expires) }) },
  };
}
