import type { Permission } from './access/acl.ts';
import { getBucketAcl, getObjectAcl, putBucketAcl, putObjectAcl } from './acls.ts';
import { getObjectAttributes } from './attributes.ts';
import * as configuration from './bucketConfiguration.ts';
import { createBucket, deleteBucket, getLocation, headBucket, listBuckets } from './buckets.ts';
import { copyObject, uploadPartCopy } from './copy.ts';
import { deleteCors, getCors, preflight, putCors } from './cors.ts';
import { deleteObjects } from './deleteObjects.ts';
import { deleteLifecycle, getLifecycle, putLifecycle } from './lifecycle.ts';
import { listObjects, listObjectsV2 } from './listing.ts';
import * as multipart from './multipart.ts';
import * as lock from './objectLock.ts';
import { deleteObject, getObject, headObject, putObject } from './objects.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './objectTagging.ts';
import { postObject } from './postForm.ts';
import type { Answer, BucketRequest, ObjectRequest, S3Request } from './request.ts';
import { restoreObject } from './restore.ts';
import type { Services } from './services.ts';
import { listObjectVersions } from './versions.ts';

/** One operation of S3: which requests are it, and what its caller must be allowed. */
export interface Route {
  method: string;
  /** A parameter that must be there, `name` or `name=value`, and a header. */
  parameter?: string;
  header?: string;
  /** The action of policies; none where the operation decides itself. */
  action?: string;
  /** What lists must grant, where they can. */
  permission?: Permission;
  list?: 'bucket' | 'object';
  /** Whether the bucket is not there yet. */
  creates?: boolean;
  run(request: S3Request, services: Services): Promise<Answer>;
}

type Run<R> = (request: R, services: Services) => Promise<Answer>;

/** `GET acl` is the method with a parameter; `PUT uploadId +x-amz-copy-source` with a header besides. */
function route<R extends S3Request>(
  what: string,
  run: Run<R>,
  action?: string,
  permission?: Permission,
  list: 'bucket' | 'object' = 'bucket',
): Route {
  const [method, ...rest] = what.split(' ');
  const parameter = rest.find((part) => !part.startsWith('+'));
  const header = rest.find((part) => part.startsWith('+'))?.slice(1);
  return {
    method: method!,
    run: run as Run<S3Request>,
    ...(parameter && { parameter }),
    ...(header && { header }),
    ...(action && { action }),
    ...(permission && { permission }),
    list,
  };
}

const SERVICE: Route[] = [route<S3Request>('GET', listBuckets)];

const BUCKET: Route[] = [
  route<BucketRequest>('OPTIONS', preflight),
  route<BucketRequest>('GET acl', getBucketAcl, 'GetBucketAcl', 'READ_ACP'),
  route<BucketRequest>('PUT acl', putBucketAcl, 'PutBucketAcl', 'WRITE_ACP'),
  route<BucketRequest>('GET location', getLocation, 'GetBucketLocation'),
  route<BucketRequest>('GET versioning', configuration.getVersioning, 'GetBucketVersioning'),
  route<BucketRequest>('PUT versioning', configuration.putVersioning, 'PutBucketVersioning'),
  route<BucketRequest>('GET encryption', configuration.getEncryption, 'GetEncryptionConfiguration'),
  route<BucketRequest>('PUT encryption', configuration.putEncryption, 'PutEncryptionConfiguration'),
  route<BucketRequest>('DELETE encryption', configuration.deleteEncryption, 'PutEncryptionConfiguration'),
  route<BucketRequest>('GET lifecycle', getLifecycle, 'GetLifecycleConfiguration'),
  route<BucketRequest>('PUT lifecycle', putLifecycle, 'PutLifecycleConfiguration'),
  route<BucketRequest>('DELETE lifecycle', deleteLifecycle, 'PutLifecycleConfiguration'),
  route<BucketRequest>('GET cors', getCors, 'GetBucketCORS'),
  route<BucketRequest>('PUT cors', putCors, 'PutBucketCORS'),
  route<BucketRequest>('DELETE cors', deleteCors, 'PutBucketCORS'),
  route<BucketRequest>('GET tagging', configuration.getBucketTagging, 'GetBucketTagging'),
  route<BucketRequest>('PUT tagging', configuration.putBucketTagging, 'PutBucketTagging'),
  route<BucketRequest>('DELETE tagging', configuration.deleteBucketTagging, 'PutBucketTagging'),
  route<BucketRequest>('GET policyStatus', configuration.getPolicyStatus, 'GetBucketPolicyStatus'),
  route<BucketRequest>('GET policy', configuration.getPolicy, 'GetBucketPolicy'),
  route<BucketRequest>('PUT policy', configuration.putPolicy, 'PutBucketPolicy'),
  route<BucketRequest>('DELETE policy', configuration.deletePolicy, 'DeleteBucketPolicy'),
  route<BucketRequest>('GET publicAccessBlock', configuration.getPublicAccessBlock, 'GetBucketPublicAccessBlock'),
  route<BucketRequest>('PUT publicAccessBlock', configuration.putPublicAccessBlock, 'PutBucketPublicAccessBlock'),
  route<BucketRequest>('DELETE publicAccessBlock', configuration.deletePublicAccessBlock, 'PutBucketPublicAccessBlock'),
  route<BucketRequest>('GET ownershipControls', configuration.getOwnershipControls, 'GetBucketOwnershipControls'),
  route<BucketRequest>('PUT ownershipControls', configuration.putOwnershipControls, 'PutBucketOwnershipControls'),
  route<BucketRequest>('DELETE ownershipControls', configuration.deleteOwnershipControls, 'PutBucketOwnershipControls'),
  route<BucketRequest>('GET object-lock', lock.getLockConfiguration, 'GetBucketObjectLockConfiguration'),
  route<BucketRequest>('PUT object-lock', lock.putLockConfiguration, 'PutBucketObjectLockConfiguration'),
  route<BucketRequest>('GET accelerate', configuration.getKept('accelerate'), 'GetAccelerateConfiguration'),
  route<BucketRequest>('PUT accelerate', configuration.putKept('accelerate'), 'PutAccelerateConfiguration'),
  route<BucketRequest>('GET logging', configuration.getKept('logging'), 'GetBucketLogging'),
  route<BucketRequest>('PUT logging', configuration.putKept('logging'), 'PutBucketLogging'),
  route<BucketRequest>('GET notification', configuration.getKept('notification'), 'GetBucketNotification'),
  route<BucketRequest>('PUT notification', configuration.putKept('notification'), 'PutBucketNotification'),
  route<BucketRequest>('GET requestPayment', configuration.getKept('requestPayment'), 'GetBucketRequestPayment'),
  route<BucketRequest>('PUT requestPayment', configuration.putKept('requestPayment'), 'PutBucketRequestPayment'),
  route<BucketRequest>('GET website', configuration.getKept('website'), 'GetBucketWebsite'),
  route<BucketRequest>('PUT website', configuration.putKept('website'), 'PutBucketWebsite'),
  route<BucketRequest>('DELETE website', configuration.deleteWebsite, 'DeleteBucketWebsite'),
  route<BucketRequest>('GET replication', configuration.getReplication, 'GetReplicationConfiguration'),
  route<BucketRequest>('GET versions', listObjectVersions, 'ListBucketVersions', 'READ'),
  route<BucketRequest>('GET uploads', multipart.listMultipartUploads, 'ListBucketMultipartUploads', 'READ'),
  route<BucketRequest>('GET list-type=2', listObjectsV2, 'ListBucket', 'READ'),
  route<BucketRequest>('GET', listObjects, 'ListBucket', 'READ'),
  route<BucketRequest>('HEAD', headBucket, 'ListBucket', 'READ'),
  { ...route<BucketRequest>('PUT', createBucket), creates: true },
  route<BucketRequest>('DELETE', deleteBucket, 'DeleteBucket'),
  route<BucketRequest>('POST delete', deleteObjects),
  route<BucketRequest>('POST', postObject),
];

const OBJECT: Route[] = [
  route<BucketRequest>('OPTIONS', preflight),
  route<ObjectRequest>('GET acl', getObjectAcl, 'GetObjectAcl', 'READ_ACP', 'object'),
  route<ObjectRequest>('PUT acl', putObjectAcl, 'PutObjectAcl', 'WRITE_ACP', 'object'),
  route<ObjectRequest>('GET tagging', getObjectTagging, 'GetObjectTagging'),
  route<ObjectRequest>('PUT tagging', putObjectTagging, 'PutObjectTagging'),
  route<ObjectRequest>('DELETE tagging', deleteObjectTagging, 'DeleteObjectTagging'),
  route<ObjectRequest>('GET attributes', getObjectAttributes, 'GetObjectAttributes', 'READ', 'object'),
  route<ObjectRequest>('GET retention', lock.getRetention, 'GetObjectRetention'),
  route<ObjectRequest>('PUT retention', lock.putRetention, 'PutObjectRetention'),
  route<ObjectRequest>('GET legal-hold', lock.getLegalHold, 'GetObjectLegalHold'),
  route<ObjectRequest>('PUT legal-hold', lock.putLegalHold, 'PutObjectLegalHold'),
  route<ObjectRequest>('GET uploadId', multipart.listParts, 'ListMultipartUploadParts', 'WRITE'),
  route<ObjectRequest>('PUT uploadId +x-amz-copy-source', uploadPartCopy, 'PutObject', 'WRITE'),
  route<ObjectRequest>('PUT uploadId', multipart.uploadPart, 'PutObject', 'WRITE'),
  route<ObjectRequest>('POST uploads', multipart.createMultipartUpload, 'PutObject', 'WRITE'),
  route<ObjectRequest>('POST uploadId', multipart.completeMultipartUpload, 'PutObject', 'WRITE'),
  route<ObjectRequest>('DELETE uploadId', multipart.abortMultipartUpload, 'AbortMultipartUpload', 'WRITE'),
  route<ObjectRequest>('POST restore', restoreObject, 'RestoreObject'),
  route<ObjectRequest>('GET', getObject, 'GetObject', 'READ', 'object'),
  route<ObjectRequest>('HEAD', headObject, 'GetObject', 'READ', 'object'),
  route<ObjectRequest>('PUT +x-amz-copy-source', copyObject, 'PutObject', 'WRITE'),
  route<ObjectRequest>('PUT', putObject, 'PutObject', 'WRITE'),
  route<ObjectRequest>('DELETE', deleteObject, 'DeleteObject', 'WRITE'),
];

/** Parameters that name a part of S3 that the endpoint does not have; without them the request would be taken for another one. */
const UNKNOWN = [
  'analytics',
  'intelligent-tiering',
  'inventory',
  'metrics',
  'replication',
  'select',
  'torrent',
  'session',
  'metadataTable',
  'metadataConfiguration',
];

/** The operation that a request asks for; undefined where S3 has none, or `Unimplemented` where the endpoint lacks it. */
export function routeOf(request: S3Request): Route | 'Unimplemented' | undefined {
  const routes = request.key !== undefined ? OBJECT : request.bucket !== undefined ? BUCKET : SERVICE;
  const found = routes.find((candidate) => matchesRoute(candidate, request));
  const unknown = UNKNOWN.some((name) => request.parameters.has(name) && found?.parameter !== name);
  return unknown ? 'Unimplemented' : found;
}

function matchesRoute({ method, parameter, header }: Route, request: S3Request): boolean {
  if (method !== request.method) return false;
  if (header !== undefined && request.headers[header] === undefined) return false;
  if (parameter === undefined) return !isSubresource(request);
  const [name, value] = parameter.split('=') as [string, string | undefined];
  return request.parameters.has(name) && (value === undefined || request.parameters.get(name) === value);
}

/** Parameters that name a part of a bucket or object; with another method than S3 has for it there is no such operation. */
const SUBRESOURCES = new Set(
  [...BUCKET, ...OBJECT].flatMap(({ parameter }) => (parameter && !parameter.includes('=') ? [parameter] : [])),
);

function isSubresource({ parameters, bucket, method }: S3Request): boolean {
  if (bucket === undefined || method === 'HEAD' || method === 'OPTIONS') return false;
  return parameters.pairs.some(([name, value]) => SUBRESOURCES.has(name) && (value === '' || name === 'uploadId'));
}

/** With the id of a version the action of a policy has another name. */
export function actionOf({ action }: Route, { parameters }: S3Request): string | undefined {
  if (action === undefined || !parameters.has('versionId')) return action;
  return VERSIONED[action] ?? action;
}

const VERSIONED: Record<string, string> = {
  GetObject: 'GetObjectVersion',
  GetObjectAcl: 'GetObjectVersionAcl',
  PutObjectAcl: 'PutObjectVersionAcl',
  GetObjectTagging: 'GetObjectVersionTagging',
  PutObjectTagging: 'PutObjectVersionTagging',
  DeleteObjectTagging: 'DeleteObjectVersionTagging',
  GetObjectAttributes: 'GetObjectVersionAttributes',
  DeleteObject: 'DeleteObjectVersion',
};
