import { CloudError } from '../../../shared/core/errors.ts';
import type { ObjectVersion } from '../../../shared/drivers/storage/port.ts';
import { isAllowed } from './access/authorize.ts';
import { S3Error, s3Error } from './errors.ts';
import type { ObjectRequest } from './request.ts';
import type { Services } from './services.ts';
import { describedVersion } from './versionLookup.ts';

/** Looks an object up; what is not there says so as S3 does: a delete marker is named, and a stranger learns nothing. */
export async function found<T>(request: ObjectRequest, services: Services, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (thrown) {
    const error = s3Error(thrown);
    if (error.code === 'NoSuchKey' || error.code === 'NoSuchVersion') throw await missing(request, services, error);
    throw error;
  }
}

async function missing(request: ObjectRequest, services: Services, error: S3Error): Promise<S3Error> {
  const { bucket, key, parameters } = request;
  const mayList = await isAllowed(request, services, {
    action: 'ListBucket',
    bucket,
    permission: 'READ',
    list: 'bucket',
  });
  if (!mayList) return new S3Error('AccessDenied');
  const wanted = parameters.get('versionId');
  const marker = deleteMarker(error);
  if (marker === undefined) return error;
  const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker };
  if (wanted === undefined) return new S3Error('NoSuchKey', { details: { Key: key }, headers });
  return new S3Error('MethodNotAllowed', {
    details: { Method: request.method, ResourceType: 'DeleteMarker' },
    headers: { ...headers, allow: 'DELETE' },
  });
}

/** The version id of the delete marker that a request met instead of an object. */
function deleteMarker({ cause }: S3Error): string | undefined {
  const { deleteMarker: met, versionId } = cause instanceof CloudError ? cause.details : {};
  return met === true ? String(versionId) : undefined;
}

/** The version that a request about an object names, or its current one. */
export async function versionOf(request: ObjectRequest, services: Services): Promise<ObjectVersion> {
  const versionId = request.parameters.get('versionId');
  return found(request, services, () => describedVersion(services, request.bucket, request.key, versionId));
}
