import type { ByteRange, CopyOptions, ObjectReference, ObjectVersion } from '../../../shared/drivers/storage/port.ts';
import { uriDecode } from '../../../shared/semantics/sigv4/index.ts';
import { authorize } from './access/authorize.ts';
import { keepObjectAcl, objectGrants } from './acls.ts';
import { checksumElements, readAlgorithm } from './checksums.ts';
import { readPreconditions, writePreconditions } from './conditions.ts';
import { checkCustomerKey, statedCustomerKey, statedSourceKey } from './encryption.ts';
import { invalidArgument, S3Error, s3Error } from './errors.ts';
import { found } from './lookup.ts';
import { uploadEncryption, uploadOf } from './multipart.ts';
import { statedLock } from './objectLock.ts';
import { describedObject, noteKey, readPartNumber, writtenHeaders } from './objects.ts';
import { type Answer, type ObjectRequest, Parameters } from './request.ts';
import type { Services } from './services.ts';

/** The largest object that one request copies, in bytes. */
const LARGEST_COPY = 5 * 1024 ** 3;
const PREFIX = 'x-amz-copy-source-';

export async function copyObject(request: ObjectRequest, services: Services): Promise<Answer> {
  const { bucket, key, headers } = request;
  const source = sourceOf(headers['x-amz-copy-source']!);
  const options = copyOptions(request);
  const changes =
    options.replaceMetadata ||
    options.replaceTags ||
    options.storageClass ||
    options.encryption ||
    headers['x-amz-website-redirect-location'] !== undefined;
  if (source.bucket === bucket && source.key === key && source.versionId === undefined && !changes) {
    throw new S3Error('InvalidRequest', {
      message:
        "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    });
  }
  const grants = await objectGrants(request, services);
  const lock = statedLock(request, services);
  const from = await sourceVersion(request, services, source);
  if (from.size > LARGEST_COPY) {
    throw new S3Error('InvalidRequest', {
      message: `The specified copy source is larger than the maximum allowable size for a copy source: ${LARGEST_COPY}`,
    });
  }
  const version = await services.storage
    .copyObject(pinned(source, from), { bucket, key }, options)
    .catch(sourceCondition);
  keepObjectAcl(request, services, version, grants);
  services.documents.setObject(bucket, version, { ...lock, redirect: headers['x-amz-website-redirect-location'] });
  const { etag: _etag, ...written } = await writtenHeaders(request, services, version);
  return {
    headers: { ...written, 'x-amz-copy-source-version-id': from.versionId },
    body: {
      root: 'CopyObjectResult',
      content: { LastModified: version.lastModified, ETag: `"${version.etag}"`, ...checksumElements(version.checksum) },
    },
  };
}

function copyOptions({ headers }: ObjectRequest): CopyOptions {
  const { metadata, headers: contentHeaders, tags, ...others } = describedObject(headers);
  const replaceMetadata = directive(headers, 'x-amz-metadata-directive', 'Unknown metadata directive.');
  const replaceTags = directive(headers, 'x-amz-tagging-directive', 'Unknown tagging directive.');
  const algorithm = readAlgorithm(headers['x-amz-checksum-algorithm'], 'x-amz-checksum-algorithm');
  const preconditions = writePreconditions(headers);
  return {
    ...others,
    ...(preconditions && { preconditions }),
    ...sourceOptions(headers),
    replaceMetadata,
    replaceTags,
    ...(replaceMetadata && { metadata: metadata ?? {}, headers: contentHeaders ?? {} }),
    ...(replaceTags && { tags: tags ?? {} }),
    ...(algorithm && { checksum: { algorithm } }),
  };
}

/** What a request says of the object that it copies from. */
function sourceOptions(
  headers: Record<string, string>,
): Pick<CopyOptions, 'sourcePreconditions' | 'sourceCustomerKey'> {
  const sourcePreconditions = readPreconditions(headers, PREFIX);
  const sourceCustomerKey = statedSourceKey(headers);
  return { ...(sourcePreconditions && { sourcePreconditions }), ...(sourceCustomerKey && { sourceCustomerKey }) };
}

function directive(headers: Record<string, string>, name: string, message: string): boolean {
  const value = headers[name];
  if (value === undefined || value === 'COPY') return false;
  if (value === 'REPLACE') return true;
  throw invalidArgument(message, name, value);
}

/** The object that `x-amz-copy-source` names: `/bucket/key?versionId=…`, percent-encoded. */
export function sourceOf(header: string): ObjectReference {
  const at = header.lastIndexOf('?versionId=');
  const path = uriDecode(at < 0 ? header : header.slice(0, at));
  const match = /^\/?([^/]+)\/(.+)$/s.exec(path ?? '');
  if (!match)
    throw invalidArgument(
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
      'x-amz-copy-source',
      header,
    );
  const versionId = at < 0 ? undefined : uriDecode(header.slice(at + '?versionId='.length));
  return { bucket: match[1]!, key: match[2]!, ...(versionId && { versionId }) };
}

/** The version to copy from, once the caller may read it and has its key. */
async function sourceVersion(
  request: ObjectRequest,
  services: Services,
  source: ObjectReference,
): Promise<ObjectVersion> {
  const { bucket, key, versionId } = source;
  await services.storage.getBucket(bucket);
  const action = versionId === undefined ? 'GetObject' : 'GetObjectVersion';
  await authorize(request, services, { action, ...source, permission: 'READ', list: 'object' });
  const customerKey = statedSourceKey(request.headers);
  const parameters = new Parameters(versionId === undefined ? [] : [['versionId', versionId]]);
  const { version } = await found({ ...request, bucket, key, parameters }, services, () =>
    services.storage
      .headObject(bucket, key, {
        ...(versionId !== undefined && { versionId }),
        ...(customerKey && { customerKey }),
      })
      .catch(noteKey(customerKey)),
  );
  checkCustomerKey(version.encryption, customerKey);
  return version;
}

/** The very version that was looked at, so that no other is copied. */
function pinned(source: ObjectReference, { versionId }: ObjectVersion): ObjectReference {
  return versionId === undefined ? source : { ...source, versionId };
}

/** A source that was not modified fails a condition here; there is no copy of the caller's that is still good. */
function sourceCondition(thrown: unknown): never {
  const error = s3Error(thrown);
  throw error.code === 'NotModified' ? new S3Error('PreconditionFailed') : error;
}

export async function uploadPartCopy(request: ObjectRequest, services: Services): Promise<Answer> {
  const { headers, parameters } = request;
  const partNumber = readPartNumber(parameters.get('partNumber') ?? '');
  const source = sourceOf(headers['x-amz-copy-source']!);
  const range = sourceRange(headers['x-amz-copy-source-range']);
  const from = await sourceVersion(request, services, source);
  if (range?.end !== undefined && range.end >= from.size) {
    throw invalidArgument(
      `Range specified is not valid for source object of size: ${from.size}`,
      'x-amz-copy-source-range',
      headers['x-amz-copy-source-range'],
    );
  }
  const customerKey = statedCustomerKey(headers);
  const part = await services.storage
    .uploadPartCopy(uploadOf(request), partNumber, pinned(source, from), {
      ...(range && { range }),
      ...sourceOptions(headers),
      ...(customerKey && { customerKey }),
    })
    .catch(sourceCondition);
  return {
    headers: { 'x-amz-copy-source-version-id': from.versionId, ...(await uploadEncryption(request, services)) },
    body: {
      root: 'CopyPartResult',
      content: { LastModified: part.lastModified, ETag: `"${part.etag}"`, ...checksumElements(part.checksum, false) },
    },
  };
}

function sourceRange(header: string | undefined): ByteRange | undefined {
  if (header === undefined) return undefined;
  const match = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header);
  const range = match && { start: Number(match[1]), end: Number(match[2]) };
  if (range && range.start <= range.end) return range;
  throw invalidArgument(
    'The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy',
    'x-amz-copy-source-range',
    header,
  );
}
