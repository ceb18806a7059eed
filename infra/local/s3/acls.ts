import type { ObjectVersion } from '../../../shared/drivers/storage/port.ts';
import {
  type Acl,
  aclElements,
  bucketAcl,
  type Grant,
  grantsOf,
  isPublicAcl,
  objectAcl,
  privateAcl,
  readAcl,
} from './access/acl.ts';
import { publicAccessBlock } from './access/authorize.ts';
import { S3Error } from './errors.ts';
import { versionOf } from './lookup.ts';
import type { Answer, BucketRequest, ObjectRequest, S3Request } from './request.ts';
import type { Services } from './services.ts';
import { parseXml } from './xml.ts';

const LARGEST_ACL = 256 * 1024;

/** Who owns what a request writes into a bucket. */
function writerOf({ account, bucket }: BucketRequest, services: Services): string {
  const { owner } = bucketAcl(services, bucket);
  return ownership(services, bucket) === 'BucketOwnerEnforced' ? owner : (account?.id ?? owner);
}

/** Who owns new objects of a bucket: the one who wrote them unless it says otherwise. */
export function ownership({ documents }: Services, bucket: string): string {
  return documents.bucket<string>(bucket, 'ownership') ?? 'ObjectWriter';
}

/** The grants that a write asks for, checked before anything is written; undefined for the owner alone. */
export async function objectGrants(request: BucketRequest, services: Services): Promise<Grant[] | undefined> {
  const { headers, bucket } = request;
  const { owner: bucketOwner } = bucketAcl(services, bucket);
  const context = { owner: writerOf(request, services), bucketOwner, accounts: services.accounts };
  const grants = grantsOf(headers, context);
  const asksForNothing = ['private', 'bucket-owner-full-control'].includes(headers['x-amz-acl'] ?? '');
  if (grants && !asksForNothing && ownership(services, bucket) === 'BucketOwnerEnforced') {
    throw new S3Error('AccessControlListNotSupported');
  }
  const block = grants && isPublicAcl(grants) ? await publicAccessBlock(services, bucket) : undefined;
  if (block?.blockPublicAcls) throw new S3Error('AccessDenied');
  return grants;
}

/** Keeps the list of a version that was written, unless it is the one that it has anyhow. */
export function keepObjectAcl(
  request: BucketRequest,
  services: Services,
  version: ObjectVersion,
  grants: Grant[] | undefined,
): void {
  const { bucket } = request;
  const owner = ownerOfWritten(request, services);
  if (!grants && owner === bucketAcl(services, bucket).owner) {
    services.documents.forgetObject(bucket, version.key, version.versionId);
    return;
  }
  services.documents.setObject(bucket, version, { acl: { owner, grants: grants ?? privateAcl(owner).grants } });
}

/** With BucketOwnerPreferred the bucket's owner takes what is written with its full control. */
function ownerOfWritten(request: BucketRequest, services: Services): string {
  const preferred =
    ownership(services, request.bucket) === 'BucketOwnerPreferred' &&
    request.headers['x-amz-acl'] === 'bucket-owner-full-control';
  return preferred ? bucketAcl(services, request.bucket).owner : writerOf(request, services);
}

export async function getBucketAcl({ bucket }: BucketRequest, services: Services): Promise<Answer> {
  return aclAnswer(bucketAcl(services, bucket), services);
}

export async function putBucketAcl(request: BucketRequest, services: Services): Promise<Answer> {
  const { bucket } = request;
  const { owner } = bucketAcl(services, bucket);
  const acl = await requestedAcl(request, services, owner);
  services.documents.setBucket(bucket, 'acl', acl);
  return {};
}

export async function getObjectAcl(request: ObjectRequest, services: Services): Promise<Answer> {
  const version = await versionOf(request, services);
  const answer = aclAnswer(objectAcl(services, request.bucket, version), services);
  return { ...answer, headers: { 'x-amz-version-id': version.versionId } };
}

export async function putObjectAcl(request: ObjectRequest, services: Services): Promise<Answer> {
  const version = await versionOf(request, services);
  const acl = await requestedAcl(request, services, objectAcl(services, request.bucket, version).owner);
  services.documents.setObject(request.bucket, version, { acl });
  return { headers: { 'x-amz-version-id': version.versionId } };
}

function aclAnswer(acl: Acl, { accounts }: Services): Answer {
  return { body: { root: 'AccessControlPolicy', content: aclElements(acl, accounts) } };
}

async function requestedAcl(request: BucketRequest, services: Services, owner: string): Promise<Acl> {
  const { bucket, headers, payload } = request;
  const { accounts } = services;
  const { owner: bucketOwner } = bucketAcl(services, bucket);
  const stated = grantsOf(headers, { owner, bucketOwner, accounts });
  const body = await payload.bytes(LARGEST_ACL);
  if (stated && body.length)
    throw new S3Error('UnexpectedContent', { message: 'This request does not support content' });
  if (!stated && !body.length) {
    throw new S3Error('MissingSecurityHeader', {
      message: 'Your request was missing a required header',
      details: { MissingHeaderName: 'x-amz-acl' },
    });
  }
  const acl = stated ? { owner, grants: stated } : readAcl(parseXml(body, 'AccessControlPolicy'), owner, accounts);
  await checkAcl(request, services, acl.grants);
  return acl;
}

/** Refuses lists that the bucket does not take: none at all, or none that let in anyone. */
export async function checkAcl(
  request: S3Request & { bucket: string },
  services: Services,
  grants: Grant[],
): Promise<void> {
  const { bucket } = request;
  const { owner } = bucketAcl(services, bucket);
  const ownersAlone = grants.every(({ grantee }) => 'id' in grantee && grantee.id === owner);
  if (ownership(services, bucket) === 'BucketOwnerEnforced' && !ownersAlone) {
    throw new S3Error('AccessControlListNotSupported');
  }
  const block = await publicAccessBlock(services, bucket);
  if (block?.blockPublicAcls && isPublicAcl(grants)) throw new S3Error('AccessDenied');
}
