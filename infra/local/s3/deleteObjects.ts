import { isAllowed } from './access/authorize.ts';
import { documentOf } from './body.ts';
import { ALGORITHMS } from './checksums.ts';
import { etagOf } from './conditions.ts';
import { S3Error, s3Error } from './errors.ts';
import { checkDeletable } from './objectLock.ts';
import type { Answer, BucketRequest } from './request.ts';
import type { Services } from './services.ts';
import { type Elements, malformedXml, type XmlElement } from './xml.ts';

const MOST_OBJECTS = 1_000;
/** 1,000 keys of 1,024 bytes, each byte a character reference. */
const LARGEST_REQUEST = 8 * 1024 * 1024;

interface Target {
  key: string;
  versionId: string | undefined;
  etag: string | undefined;
}

/** DeleteObjects: each key is deleted on its own, and its outcome is told. */
export async function deleteObjects(request: BucketRequest, services: Services): Promise<Answer> {
  const { headers } = request;
  const checked = ['content-md5', 'x-amz-trailer', ...ALGORITHMS.map((name) => `x-amz-checksum-${name.toLowerCase()}`)];
  if (!checked.some((name) => headers[name] !== undefined)) {
    throw new S3Error('InvalidRequest', {
      message: 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*',
    });
  }
  const root = await documentOf(request, 'Delete', LARGEST_REQUEST);
  const targets = root.all('Object').map(readTarget);
  if (!targets.length || targets.length > MOST_OBJECTS) throw malformedXml();
  const quiet = root.value('Quiet')?.toLowerCase() === 'true';
  const outcomes: Outcome[] = [];
  for (const target of targets) outcomes.push(await deleteOne(request, services, target));
  return {
    body: {
      root: 'DeleteResult',
      content: {
        Deleted: quiet ? undefined : outcomes.flatMap(({ deleted }) => (deleted ? [deleted] : [])),
        Error: outcomes.flatMap(({ error }) => (error ? [error] : [])),
      },
    },
  };
}

function readTarget(element: XmlElement): Target {
  const key = element.child('Key')?.text;
  if (key === undefined || key === '') throw malformedXml();
  const etag = element.value('ETag');
  return {
    key,
    versionId: element.value('VersionId') || undefined,
    etag: etag === undefined ? undefined : etagOf(etag),
  };
}

interface Outcome {
  deleted?: Elements;
  error?: Elements;
}

async function deleteOne(
  request: BucketRequest,
  services: Services,
  { key, versionId, etag }: Target,
): Promise<Outcome> {
  const { bucket } = request;
  try {
    const action = versionId === undefined ? 'DeleteObject' : 'DeleteObjectVersion';
    const intent = {
      action,
      bucket,
      key,
      ...(versionId !== undefined && { versionId }),
      permission: 'WRITE',
      list: 'bucket',
    } as const;
    if (!(await isAllowed(request, services, intent))) throw new S3Error('AccessDenied');
    if (versionId !== undefined) await checkDeletable({ ...request, key }, services, versionId);
    const deletion = await services.storage.deleteObject(bucket, key, {
      ...(versionId !== undefined && { versionId }),
      ...(etag !== undefined && { preconditions: { ifMatch: [etag] } }),
    });
    if (versionId !== undefined || deletion.versionId === undefined)
      services.documents.forgetObject(bucket, key, versionId);
    return {
      deleted: {
        Key: key,
        VersionId: versionId,
        DeleteMarker: deletion.deleteMarker ? true : undefined,
        DeleteMarkerVersionId: deletion.deleteMarker ? deletion.versionId : undefined,
      },
    };
  } catch (thrown) {
    const error = s3Error(thrown);
    // A version that there is not is as good as deleted.
    if (error.code === 'NoSuchVersion' && etag === undefined) return { deleted: { Key: key, VersionId: versionId } };
    return { error: { Key: key, VersionId: versionId, Code: error.code, Message: error.message } };
  }
}
