import type { Listing, ListOptions, ObjectVersion } from '../../../shared/drivers/storage/port.ts';
import { accountById, objectAcl, ownerElements } from './access/acl.ts';
import { invalidArgument } from './errors.ts';
import { type Page, readPage } from './listingParameters.ts';
import type { Answer, BucketRequest } from './request.ts';
import type { Services } from './services.ts';
import { storageClassName } from './storageClasses.ts';
import type { Elements } from './xml.ts';

/** ListObjects, in its first version: the next page begins after a key. */
export async function listObjects(request: BucketRequest, services: Services): Promise<Answer> {
  const { bucket, parameters } = request;
  const page = readPage(parameters, 'max-keys');
  const marker = parameters.get('marker') ?? '';
  const listing = await list(services, bucket, page, marker);
  return {
    body: {
      root: 'ListBucketResult',
      content: {
        Name: bucket,
        Prefix: page.text(page.prefix),
        Marker: page.text(marker),
        NextMarker: listing.next !== undefined && page.delimiter ? page.text(listing.next) : undefined,
        MaxKeys: page.maxKeys,
        Delimiter: page.delimiter && page.text(page.delimiter),
        EncodingType: page.encodingType,
        IsTruncated: listing.next !== undefined,
        Contents: listing.entries.map((version) => entry(services, bucket, page, version, true)),
        CommonPrefixes: prefixes(listing, page),
      },
    },
  };
}

/** ListObjects, in its second version: the next page begins where an opaque token says. */
export async function listObjectsV2(request: BucketRequest, services: Services): Promise<Answer> {
  const { bucket, parameters } = request;
  const page = readPage(parameters, 'max-keys');
  const startAfter = parameters.get('start-after');
  const token = parameters.get('continuation-token');
  const listing = await list(services, bucket, page, token ? readToken(token) : (startAfter ?? ''));
  const withOwner = parameters.get('fetch-owner')?.toLowerCase() === 'true';
  return {
    body: {
      root: 'ListBucketResult',
      content: {
        Name: bucket,
        Prefix: page.text(page.prefix),
        StartAfter: startAfter === undefined ? undefined : page.text(startAfter),
        ContinuationToken: token,
        NextContinuationToken: listing.next === undefined ? undefined : writeToken(listing.next),
        KeyCount: listing.entries.length + listing.commonPrefixes.length,
        MaxKeys: page.maxKeys,
        Delimiter: page.delimiter && page.text(page.delimiter),
        EncodingType: page.encodingType,
        IsTruncated: listing.next !== undefined,
        Contents: listing.entries.map((version) => entry(services, bucket, page, version, withOwner)),
        CommonPrefixes: prefixes(listing, page),
      },
    },
  };
}

async function list({ storage }: Services, bucket: string, page: Page, after: string): Promise<Listing<ObjectVersion>> {
  if (page.limit === 0) {
    await storage.getBucket(bucket);
    return { entries: [], commonPrefixes: [] };
  }
  const options: ListOptions = { prefix: page.prefix, limit: page.limit };
  if (page.delimiter) options.delimiter = page.delimiter;
  if (after !== '') options.after = after;
  return storage.listObjects(bucket, options);
}

function entry(services: Services, bucket: string, page: Page, version: ObjectVersion, withOwner: boolean): Elements {
  const owner = withOwner && accountById(objectAcl(services, bucket, version).owner, services.accounts);
  return {
    Key: page.text(version.key),
    LastModified: version.lastModified,
    ETag: `"${version.etag}"`,
    ...checksumKind(version),
    Size: version.size,
    ...(owner && { Owner: ownerElements(owner) }),
    StorageClass: storageClassName(version.storageClass),
  };
}

/** Which checksum there is of an entry; its value is not listed. */
export function checksumKind({ checksum }: Pick<ObjectVersion, 'checksum'>): Elements {
  return checksum ? { ChecksumAlgorithm: checksum.algorithm, ChecksumType: checksum.type } : {};
}

export function prefixes({ commonPrefixes }: Pick<Listing<unknown>, 'commonPrefixes'>, page: Page): Elements[] {
  return commonPrefixes.map((prefix) => ({ Prefix: page.text(prefix) }));
}

const writeToken = (key: string): string => Buffer.from(key).toString('base64');

function readToken(token: string): string {
  const key = Buffer.from(token, 'base64').toString();
  if (writeToken(key) === token) return key;
  throw invalidArgument('The continuation token provided is incorrect', 'continuation-token', token);
}
