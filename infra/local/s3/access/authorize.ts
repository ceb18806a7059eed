import type { PublicAccessBlock } from '../../../../shared/types/storage.ts';
import { S3Error } from '../errors.ts';
import type { S3Request } from '../request.ts';
import type { Services } from '../services.ts';
import { readTaggingHeader } from '../tags.ts';
import { describedVersion } from '../versionLookup.ts';
import { type Acl, bucketAcl, grantsPermission, objectAcl, type Permission } from './acl.ts';
import { evaluatePolicy, isPublicPolicy, type Policy } from './policy.ts';

/** What a request wants to do, as policies and lists name it. */
export interface Intent {
  /** Of a policy, without `s3:`. */
  action: string;
  bucket: string;
  key?: string;
  versionId?: string;
  /** What a list must grant; where nothing is said, only the owner and those whom a policy lets may. */
  permission?: Permission;
  /** Whether the list of the object counts, or that of the bucket. */
  list?: 'bucket' | 'object';
}

/** Refuses a request that its caller may not make: an explicit denial first, then the owner, the bucket's policy, and the lists. */
export async function authorize(request: S3Request, services: Services, intent: Intent): Promise<void> {
  if (!(await isAllowed(request, services, intent))) throw new S3Error('AccessDenied');
}

/** Whether the caller of a request may do something. */
export async function isAllowed(request: S3Request, services: Services, intent: Intent): Promise<boolean> {
  const { account } = request;
  const { bucket } = intent;
  const acl = bucketAcl(services, bucket);
  const isOwner = account?.id === acl.owner;
  const policy = services.documents.bucket<{ parsed: Policy }>(bucket, 'policy')?.parsed;
  const block = isOwner ? undefined : await publicAccessBlock(services, bucket);
  if (policy) {
    const effect = evaluatePolicy(policy, await policyRequest(request, services, intent, policy));
    // The owner can always repair a policy that locks everybody out.
    if (effect === 'Deny') return isOwner && /^(Get|Put|Delete)BucketPolicy$/.test(intent.action);
    const restricted = block?.restrictPublicBuckets && isPublicPolicy(policy);
    if (effect === 'Allow' && !restricted) return true;
  }
  const { permission } = intent;
  const lists = services.documents.bucket<string>(bucket, 'ownership') !== 'BucketOwnerEnforced';
  if (permission === undefined || !lists) return isOwner;
  const list = await listFor(services, intent, acl);
  // An owner can always look at the list and change it; anything else it can take from itself.
  if (account && list.owner === account.id && permission.endsWith('_ACP')) return true;
  return grantsPermission(withoutPublic(list, block), account, permission);
}

async function listFor(services: Services, { list, bucket, key, versionId }: Intent, acl: Acl): Promise<Acl> {
  if (list !== 'object') return acl;
  try {
    return objectAcl(services, bucket, await describedVersion(services, bucket, key!, versionId));
  } catch {
    // There is no such object: who may list the bucket is told so by the operation itself.
    return {
      ...acl,
      grants: acl.grants.filter(({ permission }) => permission === 'READ' || permission === 'FULL_CONTROL'),
    };
  }
}

function withoutPublic(acl: Acl, block: PublicAccessBlock | undefined): Acl {
  return block?.ignorePublicAcls ? { ...acl, grants: acl.grants.filter(({ grantee }) => 'id' in grantee) } : acl;
}

export async function publicAccessBlock({ storage }: Services, bucket: string): Promise<PublicAccessBlock | undefined> {
  return (await storage.getBucketConfig(bucket)).publicAccessBlock;
}

async function policyRequest(request: S3Request, services: Services, intent: Intent, policy: Policy) {
  const { account, headers, parameters } = request;
  const text = JSON.stringify(policy).toLowerCase();
  const wantsTags = intent.key !== undefined && text.includes('s3:existingobjecttag/');
  return {
    account,
    action: `s3:${intent.action}`,
    resource: `arn:aws:s3:::${intent.bucket}${intent.key === undefined ? '' : `/${intent.key}`}`,
    conditions: {
      'aws:currenttime': [request.time.toISOString()],
      'aws:epochtime': [String(Math.floor(request.time.getTime() / 1000))],
      'aws:sourceip': [request.remoteAddress],
      'aws:securetransport': ['false'],
      'aws:referer': one(headers.referer),
      'aws:useragent': one(headers['user-agent']),
      'aws:userid': one(account?.id),
      's3:authtype': request.authentication === 'anonymous' ? undefined : [request.authentication],
      's3:prefix': one(parameters.get('prefix')),
      's3:delimiter': one(parameters.get('delimiter')),
      's3:max-keys': one(parameters.get('max-keys')),
      's3:versionid': one(intent.versionId),
      ...amzConditions(headers),
      ...tagConditions('s3:requestobjecttag', readTaggingHeader(headers['x-amz-tagging'])),
      ...(wantsTags && tagConditions('s3:existingobjecttag', await existingTags(services, intent))),
    },
  };
}

const one = (value: string | undefined): string[] | undefined => (value === undefined ? undefined : [value]);

/** Headers such as x-amz-acl and x-amz-server-side-encryption are conditions under their own names. */
function amzConditions(headers: Record<string, string>): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith('x-amz-'))
      .map(([name, value]) => [`s3:${name}`, [name === 'x-amz-copy-source' ? value.replace(/^\//, '') : value]]),
  );
}

function tagConditions(prefix: string, tags: Record<string, string> | undefined): Record<string, string[]> {
  if (!tags) return {};
  const entries = Object.entries(tags).map(([key, value]): [string, string[]] => [
    `${prefix}/${key}`.toLowerCase(),
    [value],
  ]);
  return Object.fromEntries([...entries, [`${prefix}keys`, Object.keys(tags)]]);
}

async function existingTags(
  { storage }: Services,
  { bucket, key, versionId }: Intent,
): Promise<Record<string, string>> {
  const reference = { bucket, key: key!, ...(versionId !== undefined && { versionId }) };
  return storage.getTags(reference).catch(() => ({}));
}
