import type { EncryptionConfig, PublicAccessBlock } from '../../../shared/types/storage.ts';
import { bucketAcl, isPublicAcl } from './access/acl.ts';
import { publicAccessBlock } from './access/authorize.ts';
import { isPublicPolicy, type Policy, parsePolicy } from './access/policy.ts';
import { bodyOf, documentOf } from './body.ts';
import { OWNERSHIPS } from './buckets.ts';
import type { BucketDocument } from './documents.ts';
import { invalidArgument, S3Error } from './errors.ts';
import type { Answer, BucketRequest } from './request.ts';
import type { Services } from './services.ts';
import { MOST_BUCKET_TAGS, readTagging, taggingElements } from './tags.ts';
import { type Elements, malformedXml, parseXml } from './xml.ts';

const document = (root: string, content: Elements): Answer => ({ body: { root, content } });
const NOTHING: Answer = { status: 204 };

export async function getVersioning({ bucket }: BucketRequest, { storage }: Services): Promise<Answer> {
  const { versioning } = await storage.getBucketConfig(bucket);
  return document('VersioningConfiguration', versioning === 'Disabled' ? {} : { Status: versioning });
}

export async function putVersioning(request: BucketRequest, { storage, documents }: Services): Promise<Answer> {
  const status = (await documentOf(request, 'VersioningConfiguration')).value('Status');
  if (status !== 'Enabled' && status !== 'Suspended') {
    throw new S3Error('IllegalVersioningConfigurationException', {
      message: 'The Versioning element must be specified',
    });
  }
  if (status === 'Suspended' && documents.bucket(request.bucket, 'objectLock')) {
    throw new S3Error('InvalidBucketState', {
      message: 'An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.',
    });
  }
  await storage.updateBucketConfig(request.bucket, { versioning: status });
  return {};
}

export async function getEncryption({ bucket }: BucketRequest, { storage }: Services): Promise<Answer> {
  const { encryption } = await storage.getBucketConfig(bucket);
  if (!encryption)
    throw new S3Error('ServerSideEncryptionConfigurationNotFoundError', { details: { BucketName: bucket } });
  const managed = encryption.type === 'CustomerManagedKey';
  const rule = { SSEAlgorithm: managed ? 'aws:kms' : 'AES256', KMSMasterKeyID: managed ? encryption.keyId : undefined };
  return document('ServerSideEncryptionConfiguration', {
    Rule: { ApplyServerSideEncryptionByDefault: rule, BucketKeyEnabled: false },
  });
}

export async function putEncryption(request: BucketRequest, { storage }: Services): Promise<Answer> {
  const root = await documentOf(request, 'ServerSideEncryptionConfiguration');
  const wanted = root.child('Rule')?.child('ApplyServerSideEncryptionByDefault');
  if (!wanted) throw malformedXml();
  const algorithm = wanted.required('SSEAlgorithm');
  const keyId = wanted.value('KMSMasterKeyID');
  await storage.updateBucketConfig(request.bucket, { encryption: encryptionConfig(algorithm, keyId) });
  return {};
}

function encryptionConfig(algorithm: string, keyId: string | undefined): EncryptionConfig {
  if (algorithm === 'AES256' && keyId === undefined) return { type: 'ServerSideEncryption' };
  if (algorithm === 'AES256')
    throw invalidArgument(
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms',
      'ApplyServerSideEncryptionByDefault',
    );
  if (algorithm !== 'aws:kms' && algorithm !== 'aws:kms:dsse') throw malformedXml();
  return { type: 'CustomerManagedKey', keyId: keyId || 'alias/aws/s3' };
}

export async function deleteEncryption({ bucket }: BucketRequest, { storage }: Services): Promise<Answer> {
  await storage.updateBucketConfig(bucket, { encryption: undefined });
  return NOTHING;
}

const BLOCKS: [keyof PublicAccessBlock, string][] = [
  ['blockPublicAcls', 'BlockPublicAcls'],
  ['ignorePublicAcls', 'IgnorePublicAcls'],
  ['blockPublicPolicy', 'BlockPublicPolicy'],
  ['restrictPublicBuckets', 'RestrictPublicBuckets'],
];

export async function getPublicAccessBlock({ bucket }: BucketRequest, services: Services): Promise<Answer> {
  const block = await publicAccessBlock(services, bucket);
  if (!block) throw new S3Error('NoSuchPublicAccessBlockConfiguration', { details: { BucketName: bucket } });
  return document(
    'PublicAccessBlockConfiguration',
    Object.fromEntries(BLOCKS.map(([name, element]) => [element, block[name]])),
  );
}

export async function putPublicAccessBlock(request: BucketRequest, { storage }: Services): Promise<Answer> {
  const root = await documentOf(request, 'PublicAccessBlockConfiguration');
  const entries = BLOCKS.map(([name, element]) => [name, readBoolean(root.value(element))]);
  await storage.updateBucketConfig(request.bucket, { publicAccessBlock: Object.fromEntries(entries) });
  return {};
}

function readBoolean(text: string | undefined): boolean {
  if (text === undefined || text.toLowerCase() === 'false') return false;
  if (text.toLowerCase() === 'true') return true;
  throw malformedXml();
}

export async function deletePublicAccessBlock({ bucket }: BucketRequest, { storage }: Services): Promise<Answer> {
  await storage.updateBucketConfig(bucket, { publicAccessBlock: undefined });
  return NOTHING;
}

export async function getOwnershipControls({ bucket }: BucketRequest, { documents }: Services): Promise<Answer> {
  const ownership = documents.bucket<string>(bucket, 'ownership');
  if (!ownership) throw new S3Error('OwnershipControlsNotFoundError', { details: { BucketName: bucket } });
  return document('OwnershipControls', { Rule: { ObjectOwnership: ownership } });
}

export async function putOwnershipControls(request: BucketRequest, services: Services): Promise<Answer> {
  const { bucket } = request;
  const ownership = (await documentOf(request, 'OwnershipControls')).child('Rule')?.value('ObjectOwnership');
  if (!ownership || !OWNERSHIPS.includes(ownership)) throw malformedXml();
  const { owner, grants } = bucketAcl(services, bucket);
  const others = grants.some(({ grantee }) => !('id' in grantee) || grantee.id !== owner);
  if (ownership === 'BucketOwnerEnforced' && others) {
    throw new S3Error('InvalidBucketAclWithObjectOwnership');
  }
  services.documents.setBucket(bucket, 'ownership', ownership);
  return {};
}

export async function deleteOwnershipControls({ bucket }: BucketRequest, { documents }: Services): Promise<Answer> {
  documents.setBucket(bucket, 'ownership', undefined);
  return NOTHING;
}

export async function getBucketTagging({ bucket }: BucketRequest, { documents }: Services): Promise<Answer> {
  const tags = documents.bucket<Record<string, string>>(bucket, 'tags');
  if (!tags) throw new S3Error('NoSuchTagSet', { details: { BucketName: bucket } });
  return document('Tagging', taggingElements(tags));
}

export async function putBucketTagging(request: BucketRequest, { documents }: Services): Promise<Answer> {
  documents.setBucket(request.bucket, 'tags', readTagging(await documentOf(request, 'Tagging'), MOST_BUCKET_TAGS));
  return NOTHING;
}

export async function deleteBucketTagging({ bucket }: BucketRequest, { documents }: Services): Promise<Answer> {
  documents.setBucket(bucket, 'tags', undefined);
  return NOTHING;
}

interface PolicyDocument {
  text: string;
  parsed: Policy;
}

export async function getPolicy({ bucket }: BucketRequest, { documents }: Services): Promise<Answer> {
  const policy = documents.bucket<PolicyDocument>(bucket, 'policy');
  if (!policy) throw new S3Error('NoSuchBucketPolicy', { details: { BucketName: bucket } });
  return { headers: { 'content-type': 'application/json' }, body: policy.text };
}

export async function putPolicy(request: BucketRequest, services: Services): Promise<Answer> {
  const { bucket } = request;
  const text = (await bodyOf(request)).toString();
  const parsed = parsePolicy(text, bucket);
  const block = await publicAccessBlock(services, bucket);
  if (block?.blockPublicPolicy && isPublicPolicy(parsed)) throw new S3Error('AccessDenied');
  services.documents.setBucket(bucket, 'policy', { text, parsed } satisfies PolicyDocument);
  return NOTHING;
}

export async function deletePolicy({ bucket }: BucketRequest, { documents }: Services): Promise<Answer> {
  documents.setBucket(bucket, 'policy', undefined);
  return NOTHING;
}

export async function getPolicyStatus({ bucket }: BucketRequest, services: Services): Promise<Answer> {
  const policy = services.documents.bucket<PolicyDocument>(bucket, 'policy');
  const block = await publicAccessBlock(services, bucket);
  if (!policy && !isPublicAcl(bucketAcl(services, bucket).grants)) return document('PolicyStatus', { IsPublic: false });
  const byPolicy = policy !== undefined && isPublicPolicy(policy.parsed) && !block?.restrictPublicBuckets;
  const byAcl = isPublicAcl(bucketAcl(services, bucket).grants) && !block?.ignorePublicAcls;
  return document('PolicyStatus', { IsPublic: byPolicy || byAcl });
}

/** Documents that S3 keeps and this endpoint gives back, without doing what they say. */
const KEPT = {
  accelerate: { root: 'AccelerateConfiguration', empty: {} },
  logging: { root: 'BucketLoggingStatus', empty: {} },
  notification: { root: 'NotificationConfiguration', empty: {} },
  requestPayment: { root: 'RequestPaymentConfiguration', empty: { Payer: 'BucketOwner' } },
  website: { root: 'WebsiteConfiguration', empty: undefined },
} satisfies Partial<Record<BucketDocument, { root: string; empty: Elements | undefined }>>;

export const getKept =
  (name: keyof typeof KEPT) =>
  async ({ bucket }: BucketRequest, { documents }: Services): Promise<Answer> => {
    const { root, empty } = KEPT[name];
    const kept = documents.bucket<string>(bucket, name);
    if (kept !== undefined) return { headers: { 'content-type': 'application/xml' }, body: kept };
    if (!empty) throw new S3Error('NoSuchWebsiteConfiguration', { details: { BucketName: bucket } });
    return document(root, empty);
  };

export const putKept =
  (name: keyof typeof KEPT) =>
  async (request: BucketRequest, services: Services): Promise<Answer> => {
    const text = (await bodyOf(request)).toString();
    await checkKept(name, request, services, text);
    services.documents.setBucket(request.bucket, name, text);
    return {};
  };

async function checkKept(
  name: keyof typeof KEPT,
  { bucket }: BucketRequest,
  { storage }: Services,
  text: string,
): Promise<void> {
  const root = parseXml(Buffer.from(text), KEPT[name].root);
  if (name === 'requestPayment' && !['BucketOwner', 'Requester'].includes(root.value('Payer') ?? ''))
    throw malformedXml();
  const target = name === 'logging' ? root.child('LoggingEnabled')?.required('TargetBucket') : undefined;
  if (target === undefined) return;
  await storage.getBucket(target).catch(() => {
    throw new S3Error('InvalidTargetBucketForLogging', { details: { TargetBucket: target, BucketName: bucket } });
  });
}

export async function deleteWebsite({ bucket }: BucketRequest, { documents }: Services): Promise<Answer> {
  documents.setBucket(bucket, 'website', undefined);
  return NOTHING;
}

export async function getReplication({ bucket }: BucketRequest): Promise<Answer> {
  throw new S3Error('ReplicationConfigurationNotFoundError', { details: { BucketName: bucket } });
}
