import type { ObjectReference } from '../../../shared/drivers/storage/port.ts';
import { documentOf } from './body.ts';
import { found } from './lookup.ts';
import type { Answer, ObjectRequest } from './request.ts';
import type { Services } from './services.ts';
import { MOST_OBJECT_TAGS, readTagging, taggingElements } from './tags.ts';

export async function getObjectTagging(request: ObjectRequest, services: Services): Promise<Answer> {
  const tags = await found(request, services, () => services.storage.getTags(referenceOf(request)));
  return { headers: versionHeader(request), body: { root: 'Tagging', content: taggingElements(tags) } };
}

export async function putObjectTagging(request: ObjectRequest, services: Services): Promise<Answer> {
  const tags = readTagging(await documentOf(request, 'Tagging'), MOST_OBJECT_TAGS);
  await found(request, services, () => services.storage.putTags(referenceOf(request), tags));
  return { headers: versionHeader(request) };
}

export async function deleteObjectTagging(request: ObjectRequest, services: Services): Promise<Answer> {
  await found(request, services, () => services.storage.putTags(referenceOf(request), {}));
  return { status: 204, headers: versionHeader(request) };
}

function referenceOf({ bucket, key, parameters }: ObjectRequest): ObjectReference {
  const versionId = parameters.get('versionId');
  return { bucket, key, ...(versionId !== undefined && { versionId }) };
}

function versionHeader({ parameters }: ObjectRequest): Record<string, string | undefined> {
  return { 'x-amz-version-id': parameters.get('versionId') };
}
