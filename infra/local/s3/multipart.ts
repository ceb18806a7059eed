import type { CloudError } from '../../../shared/core/errors.ts';
import type {
  CompletedPart,
  ObjectVersion,
  Part,
  Upload,
  UploadOptions,
  UploadReference,
} from '../../../shared/drivers/storage/port.ts';
import { accountById, bucketAcl, type Grant, ownerElements } from './access/acl.ts';
import { keepObjectAcl, objectGrants } from './acls.ts';
import { documentOf } from './body.ts';
import {
  checksumElements,
  checksumOfElement,
  readAlgorithm,
  readChecksumType,
  statedObjectChecksum,
} from './checksums.ts';
import { etagOf, writePreconditions } from './conditions.ts';
import type { VersionIdentity } from './documents.ts';
import { encryptionHeaders, statedCustomerKey } from './encryption.ts';
import { invalidArgument, S3Error, s3Error } from './errors.ts';
import { prefixes } from './listing.ts';
import { readPage, readWholeNumber } from './listingParameters.ts';
import { statedLock } from './objectLock.ts';
import { checkSize, checks, describedObject, readPartNumber, write, writtenHeaders } from './objects.ts';
import type { Answer, BucketRequest, ObjectRequest } from './request.ts';
import type { Services } from './services.ts';
import { storageClassName } from './storageClasses.ts';
import { malformedXml, type XmlElement } from './xml.ts';

const MOST_PARTS = 10_000;
const LARGEST_COMPLETION = 8 * 1024 * 1024;

/** What is kept of an upload until there is the object that it is for. */
interface UploadNote {
  initiator: string | undefined;
  grants: Grant[] | undefined;
  lock: ReturnType<typeof statedLock>;
  redirect: string | undefined;
}

/** Uploads are kept among the versions of their key, under an id that no version has. */
const identityOf = ({ key, uploadId }: UploadReference): VersionIdentity => ({
  key,
  versionId: `upload ${uploadId}`,
  etag: '',
  lastModified: new Date(0),
});

export function uploadOf({ bucket, key, parameters }: ObjectRequest): UploadReference {
  return { bucket, key, uploadId: parameters.get('uploadId') ?? '' };
}

export async function createMultipartUpload(request: ObjectRequest, services: Services): Promise<Answer> {
  const { bucket, key, headers } = request;
  const algorithm = readAlgorithm(headers['x-amz-checksum-algorithm'], 'x-amz-checksum-algorithm');
  const type = headers['x-amz-checksum-type'];
  if (type !== undefined && !algorithm) {
    throw new S3Error('InvalidRequest', {
      message: 'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    });
  }
  const options: UploadOptions = {
    ...describedObject(headers),
    ...(algorithm && { checksum: { algorithm, type: readChecksumType(type, algorithm) } }),
  };
  const note: UploadNote = {
    initiator: request.account?.id,
    grants: await objectGrants(request, services),
    lock: statedLock(request, services),
    redirect: headers['x-amz-website-redirect-location'],
  };
  const upload = await services.storage.startUpload(bucket, key, options);
  services.documents.setObject(bucket, identityOf(upload), { upload: note });
  return {
    headers: {
      ...encryptionHeaders(upload.encryption),
      'x-amz-checksum-algorithm': upload.checksum?.algorithm,
      'x-amz-checksum-type': upload.checksum?.type,
    },
    body: { root: 'InitiateMultipartUploadResult', content: { Bucket: bucket, Key: key, UploadId: upload.uploadId } },
  };
}

export async function uploadPart(request: ObjectRequest, services: Services): Promise<Answer> {
  const { headers, parameters, payload } = request;
  const partNumber = readPartNumber(parameters.get('partNumber') ?? '');
  if (payload.size === undefined && headers['transfer-encoding'] === undefined)
    throw new S3Error('MissingContentLength');
  checkSize(payload.size);
  const customerKey = statedCustomerKey(headers);
  const part = await write(request, () =>
    services.storage.uploadPart(uploadOf(request), partNumber, payload, {
      ...(payload.size !== undefined && { size: payload.size }),
      ...checks(request),
      ...(customerKey && { customerKey }),
    }),
  );
  return { headers: { etag: `"${part.etag}"`, ...partChecksum(part), ...(await uploadEncryption(request, services)) } };
}

function partChecksum({ checksum }: Part): Record<string, string> {
  return checksum ? { [`x-amz-checksum-${checksum.algorithm.toLowerCase()}`]: checksum.value } : {};
}

export async function uploadEncryption(
  request: ObjectRequest,
  { storage }: Services,
): Promise<Record<string, string | undefined>> {
  const { upload } = await storage.listParts(uploadOf(request), { limit: 1 });
  return encryptionHeaders(upload.encryption);
}

export async function listParts(request: ObjectRequest, services: Services): Promise<Answer> {
  const { bucket, key, parameters } = request;
  const { text, encodingType } = readPage(parameters, 'max-keys');
  const limit = readWholeNumber(parameters, 'max-parts', 1_000) ?? 1_000;
  const after = readWholeNumber(parameters, 'part-number-marker', MOST_PARTS) ?? 0;
  const { upload, parts, next } = await services.storage.listParts(uploadOf(request), {
    after,
    limit: Math.max(1, limit),
  });
  const shown = limit === 0 ? [] : parts;
  return {
    body: {
      root: 'ListPartsResult',
      content: {
        Bucket: bucket,
        Key: text(key),
        EncodingType: encodingType,
        UploadId: upload.uploadId,
        Initiator: initiatorElements(services, bucket, upload),
        Owner: initiatorElements(services, bucket, upload),
        StorageClass: storageClassName(upload.storageClass),
        PartNumberMarker: after,
        NextPartNumberMarker: shown.at(-1)?.partNumber ?? 0,
        MaxParts: limit,
        IsTruncated: next !== undefined && limit > 0,
        ChecksumAlgorithm: upload.checksum?.algorithm,
        ChecksumType: upload.checksum?.type,
        Part: shown.map((part) => ({
          PartNumber: part.partNumber,
          LastModified: part.lastModified,
          ETag: `"${part.etag}"`,
          Size: part.size,
          ...checksumElements(part.checksum, false),
        })),
      },
    },
  };
}

function initiatorElements(services: Services, bucket: string, upload: Upload) {
  const note = services.documents.object<UploadNote>(bucket, identityOf(upload), 'upload');
  return ownerElements(accountById(note?.initiator ?? bucketAcl(services, bucket).owner, services.accounts));
}

export async function listMultipartUploads(request: BucketRequest, services: Services): Promise<Answer> {
  const { bucket, parameters } = request;
  const page = readPage(parameters, 'max-uploads');
  const keyMarker = parameters.get('key-marker') ?? '';
  const uploadMarker = parameters.get('upload-id-marker') ?? '';
  const listing = await services.storage.listUploads(bucket, {
    prefix: page.prefix,
    limit: Math.max(1, page.limit),
    ...(page.delimiter && { delimiter: page.delimiter }),
    ...(keyMarker !== '' && { after: keyMarker }),
    ...(keyMarker !== '' && uploadMarker !== '' && { afterVersion: uploadMarker }),
  });
  return {
    body: {
      root: 'ListMultipartUploadsResult',
      content: {
        Bucket: bucket,
        KeyMarker: page.text(keyMarker),
        UploadIdMarker: uploadMarker,
        NextKeyMarker: page.text(listing.next ?? ''),
        NextUploadIdMarker: listing.nextUpload ?? '',
        Prefix: page.text(page.prefix),
        Delimiter: page.delimiter && page.text(page.delimiter),
        EncodingType: page.encodingType,
        MaxUploads: page.maxKeys,
        IsTruncated: listing.next !== undefined,
        Upload: (page.limit === 0 ? [] : listing.entries).map((upload) => ({
          Key: page.text(upload.key),
          UploadId: upload.uploadId,
          Initiator: initiatorElements(services, bucket, upload),
          Owner: initiatorElements(services, bucket, upload),
          StorageClass: storageClassName(upload.storageClass),
          Initiated: upload.initiated,
          ChecksumAlgorithm: upload.checksum?.algorithm,
          ChecksumType: upload.checksum?.type,
        })),
        CommonPrefixes: prefixes(listing, page),
      },
    },
  };
}

export async function completeMultipartUpload(request: ObjectRequest, services: Services): Promise<Answer> {
  const { bucket, key, headers, origin } = request;
  if (!request.payload.present) throw malformedXml();
  const root = await documentOf(request, 'CompleteMultipartUpload', LARGEST_COMPLETION);
  const parts = root.all('Part').map(readPart);
  if (!parts.length) throw malformedXml();
  if (parts.length > MOST_PARTS) throw new S3Error('TooManyParts');
  const upload = uploadOf(request);
  const note = services.documents.object<UploadNote>(bucket, identityOf(upload), 'upload');
  const checksum = statedObjectChecksum(headers)?.value;
  const begun = await services.storage.listParts(upload, { limit: 1 }).catch(completedBefore);
  if (begun) requirePartChecksums(begun.upload, parts);
  const size = headers['x-amz-mp-object-size'];
  const preconditions = writePreconditions(headers);
  if (size !== undefined && !/^\d{1,15}$/.test(size))
    throw invalidArgument('Value for x-amz-mp-object-size header is invalid.', 'x-amz-mp-object-size', size);
  const version = await services.storage
    .completeUpload(upload, parts, {
      ...(preconditions && { preconditions }),
      ...(checksum !== undefined && { checksum }),
      ...(size !== undefined && { size: Number(size) }),
    })
    .catch(refusedCompletion(size));
  if (begun) finish(request, services, version, note);
  const { etag: _etag, ...written } = await writtenHeaders(request, services, version);
  const inHeaders = Object.entries(written).filter(([name]) => !name.startsWith('x-amz-checksum'));
  return {
    headers: Object.fromEntries(inHeaders),
    body: {
      root: 'CompleteMultipartUploadResult',
      content: {
        Location: `${origin}/${bucket}/${encodeURIComponent(key)}`,
        Bucket: bucket,
        Key: key,
        ETag: `"${version.etag}"`,
        ...checksumElements(version.checksum),
      },
    },
  };
}

/** A checksum over those of the parts needs each part's named. */
/** An upload without parts to be listed may have been completed: asked again, the store answers as it did. */
function completedBefore(error: CloudError): undefined {
  if (error.code !== 'StorageError.UploadNotFound') throw error;
}

function requirePartChecksums(upload: Upload, parts: CompletedPart[]): void {
  const missing = parts.find((part) => part.checksum === undefined);
  if (upload.checksum?.type !== 'COMPOSITE' || !missing) return;
  const name = upload.checksum.algorithm.toLowerCase();
  throw new S3Error('InvalidRequest', {
    message: `The upload was created using a ${name} checksum. The complete request must include the checksum for each part. It was missing for part ${missing.partNumber} in the request.`,
  });
}

/** An object of another length than was said is the request's fault, not the content's. */
function refusedCompletion(size: string | undefined): (error: unknown) => never {
  return (thrown) => {
    const error = s3Error(thrown);
    if (error.code === 'IncompleteBody') {
      throw new S3Error('InvalidRequest', {
        message: `The provided 'x-amz-mp-object-size' header value ${size} does not match what was computed`,
      });
    }
    throw error;
  };
}

function readPart(element: XmlElement): CompletedPart {
  const number = element.required('PartNumber');
  const etag = element.required('ETag');
  const checksum = checksumOfElement(element);
  if (!/^\d{1,6}$/.test(number)) throw malformedXml();
  return { partNumber: readPartNumber(number), etag: etagOf(etag), ...(checksum !== undefined && { checksum }) };
}

function finish(
  request: ObjectRequest,
  services: Services,
  version: ObjectVersion,
  note: UploadNote | undefined,
): void {
  const { bucket } = request;
  const initiator = note?.initiator === undefined ? request.account : accountById(note.initiator, services.accounts);
  keepObjectAcl({ ...request, account: initiator }, services, version, note?.grants);
  services.documents.setObject(bucket, version, {
    ...note?.lock,
    ...(note?.redirect !== undefined && { redirect: note.redirect }),
  });
  services.documents.forgetObject(bucket, version.key, identityOf(uploadOf(request)).versionId);
}

export async function abortMultipartUpload(request: ObjectRequest, services: Services): Promise<Answer> {
  const upload = uploadOf(request);
  await services.storage.abortUpload(upload);
  services.documents.forgetObject(upload.bucket, upload.key, identityOf(upload).versionId);
  return { status: 204 };
}
