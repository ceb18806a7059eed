import type { DeleteMarker, ObjectVersion, VersionListOptions } from '../../../shared/drivers/storage/port.ts';
import { accountById, bucketAcl, objectAcl, ownerElements } from './access/acl.ts';
import { invalidArgument } from './errors.ts';
import { checksumKind, prefixes } from './listing.ts';
import { type Page, readPage } from './listingParameters.ts';
import type { Answer, BucketRequest } from './request.ts';
import type { Services } from './services.ts';
import { storageClassName } from './storageClasses.ts';
import type { Elements } from './xml.ts';

export async function listObjectVersions(request: BucketRequest, services: Services): Promise<Answer> {
  const { bucket, parameters } = request;
  const page = readPage(parameters, 'max-keys');
  const keyMarker = parameters.get('key-marker') ?? '';
  const versionMarker = parameters.get('version-id-marker') ?? '';
  if (versionMarker !== '' && keyMarker === '') {
    throw invalidArgument(
      'A version-id marker cannot be specified without a key marker.',
      'version-id-marker',
      versionMarker,
    );
  }
  const options: VersionListOptions = {
    prefix: page.prefix,
    limit: page.limit,
    ...(page.delimiter && { delimiter: page.delimiter }),
    ...(keyMarker !== '' && { after: keyMarker }),
    ...(versionMarker !== '' && { afterVersion: versionMarker }),
  };
  const listing =
    page.limit === 0 ? await nothing(services, bucket) : await services.storage.listVersions(bucket, options);
  return {
    body: {
      root: 'ListVersionsResult',
      content: {
        Name: bucket,
        Prefix: page.text(page.prefix),
        KeyMarker: page.text(keyMarker),
        VersionIdMarker: versionMarker,
        NextKeyMarker: listing.next === undefined ? undefined : page.text(listing.next),
        NextVersionIdMarker: listing.nextVersion,
        MaxKeys: page.maxKeys,
        Delimiter: page.delimiter && page.text(page.delimiter),
        EncodingType: page.encodingType,
        IsTruncated: listing.next !== undefined,
        Version: listing.entries.flatMap((entry) =>
          'etag' in entry ? [versionElements(services, bucket, page, entry)] : [],
        ),
        DeleteMarker: listing.entries.flatMap((entry) =>
          'etag' in entry ? [] : [markerElements(services, bucket, page, entry)],
        ),
        CommonPrefixes: prefixes(listing, page),
      },
    },
  };
}

async function nothing({ storage }: Services, bucket: string): ReturnType<Services['storage']['listVersions']> {
  await storage.getBucket(bucket);
  return { entries: [], commonPrefixes: [] };
}

function versionElements(services: Services, bucket: string, page: Page, version: ObjectVersion): Elements {
  return {
    ETag: `"${version.etag}"`,
    ...checksumKind(version),
    Size: version.size,
    StorageClass: storageClassName(version.storageClass),
    Key: page.text(version.key),
    VersionId: version.versionId ?? 'null',
    IsLatest: version.latest,
    LastModified: version.lastModified,
    Owner: ownerElements(accountById(objectAcl(services, bucket, version).owner, services.accounts)),
  };
}

function markerElements(services: Services, bucket: string, page: Page, marker: DeleteMarker): Elements {
  return {
    Owner: ownerElements(accountById(bucketAcl(services, bucket).owner, services.accounts)),
    Key: page.text(marker.key),
    VersionId: marker.versionId,
    IsLatest: marker.latest,
    LastModified: marker.lastModified,
  };
}
