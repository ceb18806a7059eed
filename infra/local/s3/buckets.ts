import { bucketAcl, type Grant, grantsOf, isPublicAcl, ownerElements, privateAcl } from './access/acl.ts';
import { isBucketName } from './addressing.ts';
import { documentOf } from './body.ts';
import { invalidArgument, S3Error } from './errors.ts';
import { readWholeNumber } from './listingParameters.ts';
import type { Answer, BucketRequest, S3Request } from './request.ts';
import type { Services } from './services.ts';

export async function listBuckets(request: S3Request, services: Services): Promise<Answer> {
  const { account, parameters } = request;
  if (!account) throw new S3Error('AccessDenied');
  const prefix = parameters.get('prefix');
  const limit = readWholeNumber(parameters, 'max-buckets', 10_000) ?? 10_000;
  const after = readToken(parameters.get('continuation-token'));
  const own = (await services.storage.listBuckets()).filter(
    ({ name }) => bucketAcl(services, name).owner === account.id && name.startsWith(prefix ?? '') && name > after,
  );
  const page = own.slice(0, limit);
  return {
    body: {
      root: 'ListAllMyBucketsResult',
      content: {
        Buckets: {
          Bucket: page.map(({ name, creationDate }) => ({
            Name: name,
            CreationDate: creationDate,
            BucketRegion: parameters.has('max-buckets') || prefix !== undefined ? regionOf(services, name) : undefined,
          })),
        },
        Owner: ownerElements(account),
        ContinuationToken: own.length > limit ? Buffer.from(page.at(-1)!.name).toString('base64url') : undefined,
        Prefix: prefix,
      },
    },
  };
}

const readToken = (text: string | undefined): string =>
  text === undefined ? '' : Buffer.from(text, 'base64url').toString();

/** The region of a bucket: the endpoint's own unless it was made for another one. */
export function regionOf({ documents, region }: Services, bucket: string): string {
  return documents.bucket<string>(bucket, 'location') || region;
}

export async function createBucket(request: BucketRequest, services: Services): Promise<Answer> {
  const { bucket, account, headers } = request;
  if (!account) throw new S3Error('AccessDenied');
  if (!isBucketName(bucket)) throw new S3Error('InvalidBucketName', { details: { BucketName: bucket } });
  const location = await requestedLocation(request, services);
  const grants = requestedGrants(request, services, account.id);
  const ownership = requestedOwnership(headers['x-amz-object-ownership'], grants);
  const lock = headers['x-amz-bucket-object-lock-enabled']?.toLowerCase() === 'true';
  const existing = await services.storage.getBucket(bucket).catch(() => undefined);
  if (existing) return again(request, services, { location, grants });
  services.documents.forgetBucket(bucket);
  await services.storage.createBucket(bucket, {
    versioning: lock ? 'Enabled' : 'Disabled',
    lifecycleRules: [],
    corsRules: [],
  });
  const isMain = account.id === services.accounts.main.account.id;
  if (grants || !isMain)
    services.documents.setBucket(bucket, 'acl', { owner: account.id, grants: grants ?? privateAcl(account.id).grants });
  if (location) services.documents.setBucket(bucket, 'location', location);
  if (ownership) services.documents.setBucket(bucket, 'ownership', ownership);
  if (lock) services.documents.setBucket(bucket, 'objectLock', {});
  return { headers: { location: `/${bucket}` } };
}

/** Making a bucket again that one owns changes its list in the oldest region, and is an error in all others. */
function again(
  { bucket, account }: BucketRequest,
  services: Services,
  { location, grants }: { location: string; grants: Grant[] | undefined },
): Answer {
  const { owner } = bucketAcl(services, bucket);
  if (owner !== account?.id) throw new S3Error('BucketAlreadyExists', { details: { BucketName: bucket } });
  if (location || services.region !== 'us-east-1')
    throw new S3Error('BucketAlreadyOwnedByYou', { details: { BucketName: bucket } });
  services.documents.setBucket(bucket, 'acl', { owner, grants: grants ?? privateAcl(owner).grants });
  return { headers: { location: `/${bucket}` } };
}

async function requestedLocation(request: BucketRequest, { region }: Services): Promise<string> {
  if (!request.payload.present) return '';
  const root = await documentOf(request, 'CreateBucketConfiguration');
  const location = root.value('LocationConstraint') ?? '';
  if (location !== '' && !/^[A-Za-z0-9-]{1,64}$/.test(location)) {
    throw new S3Error('InvalidLocationConstraint', { details: { LocationConstraint: location } });
  }
  return location === region ? '' : location;
}

function requestedGrants({ headers }: BucketRequest, { accounts }: Services, owner: string): Grant[] | undefined {
  return grantsOf(headers, { owner, bucketOwner: owner, accounts });
}

export const OWNERSHIPS: readonly string[] = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'];

function requestedOwnership(text: string | undefined, grants: Grant[] | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (!OWNERSHIPS.includes(text))
    throw invalidArgument('Invalid x-amz-object-ownership header', 'x-amz-object-ownership', text);
  if (text === 'BucketOwnerEnforced' && grants && isPublicAcl(grants)) {
    throw new S3Error('InvalidBucketAclWithObjectOwnership');
  }
  return text;
}

export async function headBucket({ bucket }: BucketRequest, services: Services): Promise<Answer> {
  await services.storage.getBucket(bucket);
  return { headers: { 'x-amz-bucket-region': regionOf(services, bucket), 'x-amz-access-point-alias': 'false' } };
}

export async function deleteBucket({ bucket }: BucketRequest, services: Services): Promise<Answer> {
  await services.storage.deleteBucket(bucket);
  services.documents.forgetBucket(bucket);
  return { status: 204 };
}

export async function getLocation({ bucket }: BucketRequest, { documents, region }: Services): Promise<Answer> {
  const location = documents.bucket<string>(bucket, 'location') ?? (region === 'us-east-1' ? '' : region);
  return { body: { root: 'LocationConstraint', content: { '#text': location } } };
}
