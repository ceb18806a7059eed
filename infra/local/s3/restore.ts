import { documentOf } from './body.ts';
import { S3Error } from './errors.ts';
import { versionOf } from './lookup.ts';
import type { Answer, ObjectRequest } from './request.ts';
import type { Services } from './services.ts';
import { malformedXml } from './xml.ts';

/** RestoreObject: makes a copy of an archived object that can be read for some days. */
export async function restoreObject(request: ObjectRequest, services: Services): Promise<Answer> {
  const { bucket, key } = request;
  const days = (await documentOf(request, 'RestoreRequest')).value('Days') ?? '';
  if (!/^\d{1,6}$/.test(days) || Number(days) < 1) throw malformedXml();
  const version = await versionOf(request, services);
  if (version.restore?.ongoing) throw new S3Error('RestoreAlreadyInProgress');
  const reference = { bucket, key, ...(version.versionId !== undefined && { versionId: version.versionId }) };
  await services.storage.restoreObject(reference, Number(days));
  return { status: version.restore ? 200 : 202 };
}
