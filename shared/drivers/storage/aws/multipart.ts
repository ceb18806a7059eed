import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import * as S3 from '@aws-sdk/client-s3';
import type {
  ChecksumAlgorithm,
  CompletedPart,
  CompleteOptions,
  Content,
  ObjectReference,
  Part,
  PartOptions,
  StoragePort,
  Upload,
  UploadOptions,
  UploadReference,
} from '../port.ts';
import { storageError } from './errors.ts';
import { checkKey, checksumOf, rangeHeader, writeParameters } from './objects.ts';
import {
  bareEtag,
  copyConditions,
  copySource,
  copySourceKey,
  customerKey,
  fromChecksum,
  fromEncryption,
  fromS3Class,
  writeConditions,
} from './translate.ts';

type CopyPartOptions = NonNullable<Parameters<StoragePort['uploadPartCopy']>[3]>;

/** Uploads in parts. */
export class Multipart {
  readonly #client: S3.S3Client;

  constructor(client: S3.S3Client) {
    this.#client = client;
  }

  async start(bucket: string, key: string, options: UploadOptions = {}): Promise<Upload> {
    checkKey(key);
    const { checksum } = options;
    const answer = await this.#do('CreateMultipartUpload', { bucket, key }, () =>
      this.#client.send(
        new S3.CreateMultipartUploadCommand({
          Bucket: bucket,
          Key: key,
          ...writeParameters(options),
          ...(checksum && { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type }),
        }),
      ),
    );
    const encryption = fromEncryption(answer);
    return {
      uploadId: answer.UploadId ?? '',
      bucket,
      key,
      initiated: new Date(),
      storageClass: options.storageClass ?? 'Standard',
      ...(checksum && { checksum }),
      ...(encryption && { encryption }),
    };
  }

  async part(upload: UploadReference, partNumber: number, content: Content, options: PartOptions = {}): Promise<Part> {
    const { size = content instanceof Uint8Array ? content.byteLength : undefined, contentMd5 } = options;
    // S3 wants to know how long a part is before it comes; a part is small enough to be held.
    const body = size === undefined ? await whole(content) : content;
    const length = size ?? (body as Uint8Array).byteLength;
    const answer = await this.#do('UploadPart', { ...upload, partNumber, size: length }, () =>
      this.#client.send(
        new S3.UploadPartCommand({
          ...parametersOf(upload),
          PartNumber: partNumber,
          Body: body instanceof Uint8Array ? body : Readable.from(body, { objectMode: false }),
          ContentLength: length,
          ...checksumOf(options.checksum),
          ...(contentMd5 && { ContentMD5: contentMd5 }),
          ...(options.customerKey && customerKey(options.customerKey)),
        }),
      ),
    );
    const checksum = fromChecksum(answer as object);
    return {
      partNumber,
      etag: bareEtag(answer.ETag),
      size: length,
      lastModified: new Date(),
      ...(checksum && { checksum }),
    };
  }

  async partCopy(
    upload: UploadReference,
    partNumber: number,
    source: ObjectReference,
    options: CopyPartOptions = {},
  ): Promise<Part> {
    const { range, sourcePreconditions, sourceCustomerKey } = options;
    const { CopyPartResult } = await this.#do('UploadPartCopy', { ...upload, ...source, partNumber }, () =>
      this.#client.send(
        new S3.UploadPartCopyCommand({
          ...parametersOf(upload),
          PartNumber: partNumber,
          CopySource: copySource(source),
          ...(range && { CopySourceRange: rangeHeader(range) }),
          ...copyConditions(sourcePreconditions),
          ...(sourceCustomerKey && copySourceKey(sourceCustomerKey)),
          ...(options.customerKey && customerKey(options.customerKey)),
        }),
      ),
    );
    const { parts } = await this.parts(upload, { after: partNumber - 1, limit: 1 });
    const checksum = fromChecksum((CopyPartResult ?? {}) as object);
    return {
      partNumber,
      etag: bareEtag(CopyPartResult?.ETag),
      size: parts[0]?.size ?? 0,
      lastModified: CopyPartResult?.LastModified ?? new Date(),
      ...(checksum && { checksum }),
    };
  }

  async parts(
    upload: UploadReference,
    { after, limit }: { after?: number; limit?: number } = {},
  ): Promise<{ upload: Upload; parts: Part[]; next?: number }> {
    const page = await this.#do('ListParts', upload, () =>
      this.#client.send(
        new S3.ListPartsCommand({
          ...parametersOf(upload),
          ...(after && { PartNumberMarker: String(after) }),
          ...(limit !== undefined && { MaxParts: limit }),
        }),
      ),
    );
    return {
      upload: {
        ...upload,
        initiated: new Date(0),
        storageClass: fromS3Class(page.StorageClass),
        ...(page.ChecksumAlgorithm && {
          checksum: { algorithm: page.ChecksumAlgorithm as ChecksumAlgorithm, type: page.ChecksumType ?? 'COMPOSITE' },
        }),
      },
      parts: (page.Parts ?? []).map(partOf),
      ...(page.IsTruncated && { next: Number(page.NextPartNumberMarker) }),
    };
  }

  /** Gives the object's key to be read; S3 has the object by then. */
  async complete(upload: UploadReference, parts: CompletedPart[], options: CompleteOptions = {}): Promise<void> {
    const { upload: begun } = await this.parts(upload, { limit: 1 });
    const algorithm = begun.checksum?.algorithm ?? 'CRC32';
    const subject = { ...upload, ...(parts[0] && { partNumber: parts[0].partNumber }) };
    await this.#do('CompleteMultipartUpload', subject, () =>
      this.#client.send(
        new S3.CompleteMultipartUploadCommand({
          ...parametersOf(upload),
          MultipartUpload: {
            Parts: parts.map(({ partNumber, etag, checksum }) => ({
              PartNumber: partNumber,
              ETag: `"${etag}"`,
              ...(checksum && { [`Checksum${algorithm}`]: checksum }),
            })),
          },
          ...(options.checksum && { [`Checksum${algorithm}`]: options.checksum }),
          ...(options.size !== undefined && { MpuObjectSize: options.size }),
          ...writeConditions(options.preconditions),
        }),
      ),
    );
  }

  async abort(upload: UploadReference): Promise<void> {
    await this.#do('AbortMultipartUpload', upload, () =>
      this.#client.send(new S3.AbortMultipartUploadCommand(parametersOf(upload))),
    );
  }

  async #do<T>(operation: string, subject: Parameters<typeof storageError>[1], call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw storageError(operation, subject, error);
    }
  }
}

const parametersOf = ({ bucket, key, uploadId }: UploadReference) => ({ Bucket: bucket, Key: key, UploadId: uploadId });

function partOf(part: S3.Part): Part {
  const checksum = fromChecksum(part as object);
  return {
    partNumber: part.PartNumber ?? 0,
    etag: bareEtag(part.ETag),
    size: part.Size ?? 0,
    lastModified: part.LastModified ?? new Date(0),
    ...(checksum && { checksum }),
  };
}

async function whole(content: Content): Promise<Uint8Array> {
  return content instanceof Uint8Array ? content : await buffer(Readable.from(content, { objectMode: false }));
}
