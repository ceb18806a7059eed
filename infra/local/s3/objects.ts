import type {
  ByteRange,
  Content,
  GetOptions,
  ObjectVersion,
  PutOptions,
  StoredObject,
  UploadOptions,
} from '../../../shared/drivers/storage/port.ts';
import { keepObjectAcl, objectGrants } from './acls.ts';
import { checksumHeaders, statedChecksum, statedMd5 } from './checksums.ts';
import { readPreconditions, writePreconditions } from './conditions.ts';
import {
  checkCustomerKey,
  encryptionHeaders,
  refuseEncryptionHeaders,
  statedCustomerKey,
  statedEncryption,
} from './encryption.ts';
import { invalidArgument, S3Error, s3Error } from './errors.ts';
import { expirationHeader } from './lifecycle.ts';
import { found } from './lookup.ts';
import { overriddenHeaders, readContentHeaders, readMetadata, versionHeaders } from './objectHeaders.ts';
import { checkDeletable, lockHeaders, statedLock } from './objectLock.ts';
import type { Answer, BucketRequest, ObjectRequest } from './request.ts';
import type { Services } from './services.ts';
import { readStorageClass } from './storageClasses.ts';
import { readTaggingHeader } from './tags.ts';

/** The largest object that one request may bring, in bytes. */
const LARGEST_PUT = 5 * 1024 ** 3;

/** What the headers of a request say of an object that is to be written, but its content. */
export function describedObject(headers: Record<string, string>): Omit<UploadOptions, 'checksum'> {
  const encryption = statedEncryption(headers);
  const tags = readTaggingHeader(headers['x-amz-tagging']);
  const storageClass = headers['x-amz-storage-class'];
  return {
    metadata: readMetadata(headers),
    headers: readContentHeaders(headers),
    ...(tags && { tags }),
    ...(storageClass !== undefined && { storageClass: readStorageClass(storageClass) }),
    ...(encryption && { encryption }),
  };
}

export async function putObject(request: ObjectRequest, services: Services): Promise<Answer> {
  const { bucket, key, headers, payload } = request;
  if (payload.size === undefined && headers['transfer-encoding'] === undefined)
    throw new S3Error('MissingContentLength');
  checkSize(payload.size);
  const options: PutOptions = {
    ...describedObject(headers),
    ...(payload.size !== undefined && { size: payload.size }),
    ...checks(request),
  };
  const preconditions = writePreconditions(headers);
  if (preconditions) options.preconditions = preconditions;
  const grants = await objectGrants(request, services);
  const lock = statedLock(request, services);
  const version = await write(request, () => services.storage.putObject(bucket, key, payload, options));
  keepObjectAcl(request, services, version, grants);
  services.documents.setObject(bucket, version, { ...lock, redirect: headers['x-amz-website-redirect-location'] });
  return { headers: await writtenHeaders(request, services, version) };
}

export function checkSize(size: number | undefined): void {
  if ((size ?? 0) > LARGEST_PUT) {
    throw new S3Error('EntityTooLarge', {
      details: { ProposedSize: String(size), MaxSizeAllowed: String(LARGEST_PUT) },
    });
  }
}

/** What a request states of its content. */
export function checks(request: BucketRequest): Pick<PutOptions, 'checksum' | 'contentMd5'> {
  const contentMd5 = statedMd5(request.headers);
  const checksum = statedChecksum(request);
  return { ...(contentMd5 !== undefined && { contentMd5 }), ...(checksum && { checksum }) };
}

/** Writes the content of a request; where that was refused while it was read, the refusal is what went wrong. */
export async function write<T>(
  { payload }: { payload: { failure: S3Error | undefined } & Content },
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw payload.failure ?? error;
  }
}

/** Headers of the answer to a write. */
export async function writtenHeaders(
  request: BucketRequest,
  services: Services,
  version: ObjectVersion,
): Promise<Record<string, string | undefined>> {
  return {
    etag: `"${version.etag}"`,
    'x-amz-version-id': version.versionId,
    ...encryptionHeaders(version.encryption),
    ...checksumHeaders(version.checksum),
    'x-amz-expiration': await expirationHeader(services, request.bucket, version),
  };
}

export async function getObject(request: ObjectRequest, services: Services): Promise<Answer> {
  return read(request, services, async (options) => services.storage.getObject(request.bucket, request.key, options));
}

export async function headObject(request: ObjectRequest, services: Services): Promise<Answer> {
  return read(request, services, async (options) => services.storage.headObject(request.bucket, request.key, options));
}

async function read(
  request: ObjectRequest,
  services: Services,
  run: (options: GetOptions) => Promise<Omit<StoredObject, 'content'> & Partial<StoredObject>>,
): Promise<Answer> {
  const { headers, parameters, bucket, key } = request;
  refuseEncryptionHeaders(headers);
  const overrides = overriddenHeaders(parameters, request.authentication !== 'anonymous');
  const options = readOptions(request);
  const { version, range, content } = await found(request, services, async () => {
    const customerKey = options.customerKey;
    // The key is checked against what the object needs before anything of it is read.
    const head = await services.storage.headObject(bucket, key, wholeVersion(options)).catch(noteKey(customerKey));
    checkCustomerKey(head.version.encryption, customerKey);
    return run(options).catch(missingPart(options.partNumber));
  });
  const partial = range !== undefined && (options.range !== undefined || options.partNumber !== undefined);
  const length = range ? range.end - range.start + 1 : version.size;
  const withChecksum =
    headers['x-amz-checksum-mode']?.toUpperCase() === 'ENABLED' && (!partial || options.partNumber !== undefined);
  return {
    status: partial ? 206 : 200,
    headers: {
      ...versionHeaders(version, { withChecksum }),
      ...lockHeaders(services, bucket, version),
      'x-amz-website-redirect-location': services.documents.object<string>(bucket, version, 'redirect'),
      'x-amz-expiration': await expirationHeader(services, bucket, version),
      'x-amz-mp-parts-count':
        options.partNumber !== undefined && version.parts ? String(version.parts.length) : undefined,
      ...overrides,
      'content-length': String(length),
      ...(partial && { 'content-range': `bytes ${range.start}-${range.end}/${version.size}` }),
    },
    ...(content && { body: content }),
  };
}

/** A part that an object does not have is not satisfiable, as a range is that it does not have. */
function missingPart(partNumber: number | undefined): (error: unknown) => never {
  return (thrown) => {
    const error = s3Error(thrown);
    if (partNumber === undefined || !['InvalidRange', 'InvalidPart', 'InvalidArgument'].includes(error.code))
      throw error;
    throw new S3Error('InvalidPartNumber', { details: { PartNumberRequested: String(partNumber) } });
  };
}

/** What a version is looked up with, before it is read. */
function wholeVersion({ versionId, customerKey }: GetOptions): GetOptions {
  return { ...(versionId !== undefined && { versionId }), ...(customerKey && { customerKey }) };
}

/** What the store refuses about a key is refused in the words of S3. */
export function noteKey(key: GetOptions['customerKey']): (error: unknown) => never {
  return (error) => {
    if (s3Error(error).code === 'InvalidArgument')
      checkCustomerKey(key ? undefined : { type: 'CustomerProvidedKey' }, key);
    throw error;
  };
}

function readOptions({ headers, parameters }: ObjectRequest): GetOptions {
  const versionId = parameters.get('versionId');
  const partNumber = parameters.get('partNumber');
  const range = partNumber === undefined ? readRange(headers.range) : undefined;
  const preconditions = readPreconditions(headers);
  const customerKey = statedCustomerKey(headers);
  if (partNumber !== undefined && headers.range !== undefined) {
    throw new S3Error('InvalidRequest', { message: 'Cannot specify both Range header and partNumber query parameter' });
  }
  if (versionId === '') throw invalidArgument('Version id cannot be the empty string', 'versionId', '');
  return {
    ...(versionId !== undefined && { versionId }),
    ...(partNumber !== undefined && { partNumber: readPartNumber(partNumber) }),
    ...(range && { range }),
    ...(preconditions && { preconditions }),
    ...(customerKey && { customerKey }),
  };
}

export function readPartNumber(text: string): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= 10_000) return number;
  throw invalidArgument('Part number must be an integer between 1 and 10000, inclusive', 'partNumber', text);
}

/** A range of bytes (RFC 9110, section 14.1.2); what cannot be read, or names several, counts as none. */
export function readRange(header: string | undefined): ByteRange | undefined {
  const match = /^bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [start, end] = [match[1], match[2]].map((text) => (text === '' ? undefined : Number(text)));
  if (start !== undefined && end !== undefined && end < start) return undefined;
  return { ...(start !== undefined && { start }), ...(end !== undefined && { end }) };
}

export async function deleteObject(request: ObjectRequest, services: Services): Promise<Answer> {
  const { bucket, key, parameters, headers } = request;
  const versionId = parameters.get('versionId');
  if (versionId === '') throw invalidArgument('Version id cannot be the empty string', 'versionId', '');
  if (versionId !== undefined) await checkDeletable(request, services, versionId);
  const preconditions = readPreconditions(headers);
  const deletion = await services.storage.deleteObject(bucket, key, {
    ...(versionId !== undefined && { versionId }),
    ...(preconditions && { preconditions }),
  });
  if (versionId !== undefined || deletion.versionId === undefined)
    services.documents.forgetObject(bucket, key, versionId);
  return {
    status: 204,
    headers: {
      'x-amz-version-id': deletion.versionId,
      'x-amz-delete-marker': deletion.deleteMarker ? 'true' : undefined,
    },
  };
}
