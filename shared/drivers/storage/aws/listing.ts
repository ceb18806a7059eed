import * as S3 from '@aws-sdk/client-s3';
import type { DeleteMarker, Listing, ListOptions, ObjectVersion, Upload, VersionListOptions } from '../port.ts';
import { storageError } from './errors.ts';
import { bareEtag, fromS3Class, fromUrl } from './translate.ts';

/** The last code point: after a common prefix with it come only keys that the prefix does not stand for. */
const LAST = '\u{10FFFF}';

/** Listings of objects, versions and uploads. */
export class Listings {
  readonly #client: S3.S3Client;

  constructor(client: S3.S3Client) {
    this.#client = client;
  }

  async objects(bucket: string, options: ListOptions = {}): Promise<Listing<ObjectVersion>> {
    const { prefix, delimiter, after, limit } = options;
    const page = await this.#do('ListObjectsV2', bucket, () =>
      this.#client.send(
        new S3.ListObjectsV2Command({
          Bucket: bucket,
          EncodingType: 'url',
          ...(prefix && { Prefix: prefix }),
          ...(delimiter && { Delimiter: delimiter }),
          ...(after !== undefined && { StartAfter: beyond(after, options) }),
          ...(limit !== undefined && { MaxKeys: limit }),
        }),
      ),
    );
    const entries = (page.Contents ?? []).map((entry) => versionOf({ ...entry, IsLatest: true }, decoder(page)));
    const commonPrefixes = (page.CommonPrefixes ?? []).map(({ Prefix }) => decoder(page)(Prefix));
    const last = [entries.at(-1)?.key, commonPrefixes.at(-1)]
      .filter((key) => key !== undefined)
      .sort(byBytes)
      .at(-1);
    return { entries, commonPrefixes, ...(page.IsTruncated && last !== undefined && { next: last }) };
  }

  async versions(
    bucket: string,
    options: VersionListOptions = {},
  ): Promise<Listing<ObjectVersion | DeleteMarker> & { nextVersion?: string }> {
    const { prefix, delimiter, after, afterVersion, limit } = options;
    const page = await this.#do('ListObjectVersions', bucket, () =>
      this.#client.send(
        new S3.ListObjectVersionsCommand({
          Bucket: bucket,
          EncodingType: 'url',
          ...(prefix && { Prefix: prefix }),
          ...(delimiter && { Delimiter: delimiter }),
          ...(after !== undefined && { KeyMarker: afterVersion ? after : beyond(after, options) }),
          ...(afterVersion && { VersionIdMarker: afterVersion }),
          ...(limit !== undefined && { MaxKeys: limit }),
        }),
      ),
    );
    const decode = decoder(page);
    const entries = [
      ...(page.Versions ?? []).map((version) => versionOf(version, decode)),
      ...(page.DeleteMarkers ?? []).map((marker) => markerOf(marker, decode)),
    ];
    return {
      entries: entries.sort(newestFirst),
      commonPrefixes: (page.CommonPrefixes ?? []).map(({ Prefix }) => decoder(page)(Prefix)),
      ...(page.IsTruncated && { next: decoder(page)(page.NextKeyMarker) }),
      ...(page.IsTruncated && page.NextVersionIdMarker && { nextVersion: page.NextVersionIdMarker }),
    };
  }

  async uploads(bucket: string, options: VersionListOptions = {}): Promise<Listing<Upload> & { nextUpload?: string }> {
    const { prefix, delimiter, after, afterVersion, limit } = options;
    const page = await this.#do('ListMultipartUploads', bucket, () =>
      this.#client.send(
        new S3.ListMultipartUploadsCommand({
          Bucket: bucket,
          EncodingType: 'url',
          ...(prefix && { Prefix: prefix }),
          ...(delimiter && { Delimiter: delimiter }),
          ...(after !== undefined && { KeyMarker: afterVersion ? after : beyond(after, options) }),
          ...(afterVersion && { UploadIdMarker: afterVersion }),
          ...(limit !== undefined && { MaxUploads: limit }),
        }),
      ),
    );
    return {
      entries: (page.Uploads ?? []).map((upload) => uploadOf(bucket, upload, decoder(page))),
      commonPrefixes: (page.CommonPrefixes ?? []).map(({ Prefix }) => decoder(page)(Prefix)),
      ...(page.IsTruncated && { next: decoder(page)(page.NextKeyMarker) }),
      ...(page.IsTruncated && page.NextUploadIdMarker && { nextUpload: page.NextUploadIdMarker }),
    };
  }

  async #do<T>(operation: string, bucket: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw storageError(operation, { bucket }, error);
    }
  }
}

type Decode = (text: string | undefined) => string;

/** How the keys of a page are written: percent-encoded as they were asked for, or, by a server that does not know that, as they are. */
const decoder =
  ({ EncodingType }: { EncodingType?: string }): Decode =>
  (text = '') =>
    EncodingType === 'url' ? fromUrl(text) : text;

/** S3 knows only keys to begin after; a common prefix stands for all the keys under it. */
function beyond(after: string, { prefix = '', delimiter }: ListOptions): string {
  return delimiter && after.length > prefix.length && after.endsWith(delimiter) ? after + LAST : after;
}

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** S3 gives versions and delete markers in two lists, each in order. */
function newestFirst(a: ObjectVersion | DeleteMarker, b: ObjectVersion | DeleteMarker): number {
  if (a.key !== b.key) return byBytes(a.key, b.key);
  if (a.latest !== b.latest) return a.latest ? -1 : 1;
  return b.lastModified.getTime() - a.lastModified.getTime();
}

function versionOf(
  entry: Omit<S3._Object & S3.ObjectVersion, 'StorageClass'> & { StorageClass?: string | undefined },
  decode: Decode,
): ObjectVersion {
  return {
    key: decode(entry.Key),
    size: entry.Size ?? 0,
    lastModified: entry.LastModified ?? new Date(0),
    etag: bareEtag(entry.ETag),
    storageClass: fromS3Class(entry.StorageClass),
    metadata: {},
    ...(entry.VersionId && { versionId: entry.VersionId }),
    latest: entry.IsLatest ?? false,
    headers: {},
    tags: {},
  };
}

function markerOf(marker: S3.DeleteMarkerEntry, decode: Decode): DeleteMarker {
  const { Key, VersionId = 'null', IsLatest = false, LastModified } = marker;
  return { key: decode(Key), versionId: VersionId, latest: IsLatest, lastModified: LastModified ?? new Date(0) };
}

function uploadOf(bucket: string, upload: S3.MultipartUpload, decode: Decode): Upload {
  const { ChecksumAlgorithm, ChecksumType } = upload;
  return {
    uploadId: upload.UploadId ?? '',
    bucket,
    key: decode(upload.Key),
    initiated: upload.Initiated ?? new Date(0),
    storageClass: fromS3Class(upload.StorageClass),
    ...(ChecksumAlgorithm && {
      checksum: {
        algorithm: ChecksumAlgorithm as NonNullable<Upload['checksum']>['algorithm'],
        type: ChecksumType ?? 'COMPOSITE',
      },
    }),
  };
}
