import type { z } from 'zod';
import type { Json } from '../../shared/core/codecs.ts';
import { CloudError } from '../../shared/core/errors.ts';
import { decode, encode } from '../../shared/core/validation.ts';
import type {
  Content,
  CopyOptions,
  CustomerKey,
  GetOptions,
  Part,
  Preconditions,
  PutOptions,
  StoragePort,
  StoredObject,
} from '../../shared/drivers/storage/port.ts';
import type { Operation } from '../../shared/operation.ts';
import { cloudError } from '../../shared/types/errors.ts';
import type { ObjectVersion } from '../../shared/types/objects.ts';
import abortMultipartUpload from './abortMultipartUpload.ts';
import completeMultipartUpload from './completeMultipartUpload.ts';
import copyObject from './copyObject.ts';
import deleteObject from './deleteObject.ts';
import deleteVersion from './deleteVersion.ts';
import getObjectStream from './getObjectStream.ts';
import headObject from './headObject.ts';
import listObjects from './listObjects.ts';
import listParts from './listParts.ts';
import listUploads from './listUploads.ts';
import listVersions from './listVersions.ts';
import { contentOf, rangeHeader, rangeOf, refusalOf, transfer } from './presigned.ts';
import putObject from './putObject.ts';
import { LARGEST_INLINE, TRANSFER_TIME } from './requests.ts';
import startMultipartUpload from './startMultipartUpload.ts';
import uploadPart from './uploadPart.ts';

/** What of a store the class needs for each request. */
export type RequestStorage = Pick<
  StoragePort,
  | 'putObject'
  | 'getObject'
  | 'headObject'
  | 'deleteObject'
  | 'copyObject'
  | 'listObjects'
  | 'listVersions'
  | 'startUpload'
  | 'uploadPart'
  | 'listParts'
  | 'listUploads'
  | 'completeUpload'
  | 'abortUpload'
>;

/** How often an object is asked for again that was replaced between its description and its content. */
const MOST_REPLACEMENTS = 5;

/** A store whose host is in another process: small content travels in requests to the host, all other through presigned URLs. */
export class RemoteStorage implements RequestStorage {
  readonly #invoke: (operation: string, input: Json) => Promise<Json>;

  constructor(invoke: (operation: string, input: Json) => Promise<Json>) {
    this.#invoke = invoke;
  }

  async putObject(bucket: string, key: string, content: Content, options: PutOptions = {}): Promise<ObjectVersion> {
    const { preconditions } = options;
    const kept = keptOf(options);
    const data = bytesOf(content);
    if (data.length <= LARGEST_INLINE) {
      return this.#call(putObject, { bucket, key, data, ...kept, ...conditionOf(preconditions) });
    }
    const upload = await this.startUpload(bucket, key, kept);
    try {
      const { etag } = await this.uploadPart(upload, 1, data);
      return await this.completeUpload(upload, [{ partNumber: 1, etag }], { preconditions });
    } catch (error) {
      await this.abortUpload(upload).catch(() => {});
      throw error;
    }
  }

  async getObject(bucket: string, key: string, options: GetOptions = {}): Promise<StoredObject> {
    refuseCustomerKey(options.customerKey);
    for (let replaced = 0; ; replaced++) {
      const { version } = await this.headObject(bucket, key, options);
      const versionId = options.versionId;
      const { url } = await this.#call(getObjectStream, { bucket, key, versionId, expires: TRANSFER_TIME });
      const headers = { 'if-match': `"${version.etag}"`, ...rangeHeader(options.range) };
      const answer = await transfer(url, { headers }, 'download');
      if (answer.status === 412 && replaced < MOST_REPLACEMENTS) {
        await answer.body?.cancel();
        continue;
      }
      if (!answer.ok) throw await refusalOf(answer, 'download', { bucket, key });
      const range = rangeOf(answer);
      return { version, ...(range && { range }), content: ReadableStream.from(contentOf(answer, key)) };
    }
  }

  async headObject(bucket: string, key: string, options: GetOptions = {}): Promise<{ version: ObjectVersion }> {
    refuseCustomerKey(options.customerKey);
    return { version: await this.#call(headObject, { bucket, key, versionId: options.versionId }) };
  }

  deleteObject: RequestStorage['deleteObject'] = (bucket, key, { versionId, preconditions } = {}) =>
    versionId === undefined
      ? this.#call(deleteObject, { bucket, key, ifMatch: preconditions?.ifMatch?.[0] })
      : this.#call(deleteVersion, { bucket, key, versionId });

  copyObject: RequestStorage['copyObject'] = (source, target, options: CopyOptions = {}) =>
    this.#call(copyObject, { source, target, ...keptOf(options), ...conditionOf(options.preconditions) });

  listObjects: RequestStorage['listObjects'] = async (bucket, page = {}) => {
    const { objects, ...rest } = await this.#call(listObjects, { bucket, ...page });
    return { entries: objects, ...rest };
  };

  listVersions: RequestStorage['listVersions'] = async (bucket, page = {}) => {
    const { versions, ...rest } = await this.#call(listVersions, { bucket, ...page });
    return { entries: versions, ...rest };
  };

  startUpload: RequestStorage['startUpload'] = (bucket, key, options = {}) =>
    this.#call(startMultipartUpload, { bucket, key, ...keptOf(options), checksum: options.checksum });

  async uploadPart(
    { bucket, key, uploadId }: Parameters<StoragePort['uploadPart']>[0],
    partNumber: number,
    content: Content,
  ): Promise<Part> {
    const data = bytesOf(content);
    const { url } = await this.#call(uploadPart, { bucket, key, uploadId, partNumber, expires: TRANSFER_TIME });
    const answer = await transfer(url, { method: 'PUT', body: data }, 'upload');
    if (!answer.ok) throw await refusalOf(answer, 'upload', { bucket, key, uploadId });
    await answer.body?.cancel();
    const etag = (answer.headers.get('etag') ?? '').replace(/^"|"$/g, '');
    return { partNumber, etag, size: data.length, lastModified: new Date() };
  }

  listParts: RequestStorage['listParts'] = ({ bucket, key, uploadId }, page = {}) =>
    this.#call(listParts, { bucket, key, uploadId, ...page });

  listUploads: RequestStorage['listUploads'] = async (bucket, { afterVersion, ...page } = {}) => {
    const { uploads, ...rest } = await this.#call(listUploads, { bucket, ...page, afterUpload: afterVersion });
    return { entries: uploads, ...rest };
  };

  completeUpload: RequestStorage['completeUpload'] = ({ bucket, key, uploadId }, parts, options = {}) =>
    this.#call(completeMultipartUpload, {
      bucket,
      key,
      uploadId,
      parts: parts.map(({ partNumber, etag }) => ({ partNumber, etag })),
      size: options.size,
      ...conditionOf(options.preconditions),
    });

  abortUpload: RequestStorage['abortUpload'] = async ({ bucket, key, uploadId }) => {
    await this.#call(abortMultipartUpload, { bucket, key, uploadId });
  };

  async #call<Input extends z.ZodType, Output extends z.ZodType>(
    { name, input: Input, output: Output }: Pick<Operation<string, Input, Output>, 'name' | 'input' | 'output'>,
    input: z.output<Input>,
  ): Promise<z.output<Output>> {
    return decode(Output, await this.#invoke(name, encode(Input, input, name) as Json), name);
  }
}

/** The class hands streams over in parts, so what comes here is in memory already. */
function bytesOf(content: Content): Uint8Array<ArrayBuffer> {
  if (content instanceof Uint8Array)
    return new Uint8Array(content.buffer as ArrayBuffer, content.byteOffset, content.length);
  throw new CloudError('Internal', 'a stream must be handed over in parts');
}

function keptOf({ metadata, headers, tags, storageClass, encryption }: PutOptions) {
  if (encryption?.type === 'CustomerProvidedKey') throw keyStays();
  return { metadata, headers, tags, storageClass, encryption };
}

function refuseCustomerKey(key: CustomerKey | undefined): void {
  if (key) throw keyStays();
}

const keyStays = (): CloudError =>
  cloudError(
    'Unimplemented',
    "a key that the customer provides never travels in a request to a host; send it to the host's S3 endpoint, or run the host in this process",
    { provider: 'local', capability: 'customerProvidedKeys', reason: 'the host is in another process' },
  );

function conditionOf(conditions: Preconditions = {}): { ifMatch?: string; ifNoneMatch?: '*' } {
  return {
    ...(conditions.ifMatch && { ifMatch: conditions.ifMatch[0]! }),
    ...(conditions.ifNoneMatch && { ifNoneMatch: '*' }),
  };
}
