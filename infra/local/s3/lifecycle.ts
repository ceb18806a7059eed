import { isDeepStrictEqual } from 'node:util';
import { newId } from '../../../shared/core/ids.ts';
import type { ObjectVersion } from '../../../shared/drivers/storage/port.ts';
import type { LifecycleRule } from '../../../shared/types/storage.ts';
import { documentOf } from './body.ts';
import { invalidArgument, S3Error } from './errors.ts';
import type { Answer, BucketRequest } from './request.ts';
import type { Services } from './services.ts';
import { readStorageClass, storageClassName } from './storageClasses.ts';
import { type Elements, malformedXml, type XmlElement } from './xml.ts';

/** A lifecycle as it was put, and the rules that the store was given for it. */
interface LifecycleDocument {
  rules: Elements[];
  stored: LifecycleRule[];
}

const MOST_RULES = 1_000;
const DAY = 24 * 3600 * 1000;

export async function getLifecycle({ bucket }: BucketRequest, services: Services): Promise<Answer> {
  const rules = await rulesOf(services, bucket);
  if (!rules.length) throw new S3Error('NoSuchLifecycleConfiguration', { details: { BucketName: bucket } });
  return { body: { root: 'LifecycleConfiguration', content: { Rule: rules } } };
}

/** The rules as they were put; those of the store where they were changed past the endpoint since. */
async function rulesOf({ storage, documents }: Services, bucket: string): Promise<Elements[]> {
  const { lifecycleRules } = await storage.getBucketConfig(bucket);
  const document = documents.bucket<LifecycleDocument>(bucket, 'lifecycle');
  if (document && isDeepStrictEqual(document.stored, lifecycleRules)) return document.rules;
  return lifecycleRules.map(ruleElements);
}

export async function putLifecycle(request: BucketRequest, services: Services): Promise<Answer> {
  const root = await documentOf(request, 'LifecycleConfiguration');
  const rules = root.all('Rule');
  if (!rules.length || rules.length > MOST_RULES) throw malformedXml();
  const read = rules.map(readRule);
  const ids = read.map(({ elements }) => elements.ID);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined)
    throw invalidArgument('RuleId must be unique. Found same ID for more than one rule', 'ID', String(twice));
  const stored = read.flatMap(({ rule }) => rule ?? []);
  await services.storage.updateBucketConfig(request.bucket, { lifecycleRules: stored });
  const { lifecycleRules } = await services.storage.getBucketConfig(request.bucket);
  services.documents.setBucket(request.bucket, 'lifecycle', {
    rules: read.map(({ elements }) => elements),
    stored: lifecycleRules,
  });
  return {};
}

export async function deleteLifecycle({ bucket }: BucketRequest, services: Services): Promise<Answer> {
  await services.storage.updateBucketConfig(bucket, { lifecycleRules: [] });
  services.documents.setBucket(bucket, 'lifecycle', undefined);
  return { status: 204 };
}

/** A rule as it is answered, and as the store enforces it; what no rule of the store can say is kept, and not enforced. */
function readRule(rule: XmlElement): { elements: Elements; rule: LifecycleRule | undefined } {
  const status = rule.value('Status');
  if (status !== 'Enabled' && status !== 'Disabled') throw malformedXml();
  const id = rule.value('ID') || newId();
  if (id.length > 255) throw invalidArgument('ID length should not exceed allowed limit of 255', 'ID', id);
  const filter = readFilter(rule);
  const expiration = readExpiration(rule.child('Expiration'));
  const noncurrent = rule.child('NoncurrentVersionExpiration');
  const noncurrentDays = noncurrent && positive(noncurrent.value('NoncurrentDays'), 'NoncurrentDays');
  const newer = noncurrent?.value('NewerNoncurrentVersions');
  const abort = rule.child('AbortIncompleteMultipartUpload');
  const abortDays = abort && positive(abort.value('DaysAfterInitiation'), 'DaysAfterInitiation');
  const transitions = rule.all('Transition').map(readTransition);
  const noncurrentTransitions = rule.all('NoncurrentVersionTransition').map(readNoncurrentTransition);
  if (!expiration && !noncurrent && !abort && !transitions.length && !noncurrentTransitions.length) {
    throw new S3Error('InvalidRequest', { message: 'At least one action needs to be specified in a rule' });
  }
  const elements: Elements = {
    ID: id,
    ...filter.elements,
    Status: status,
    Transition: transitions.length ? transitions.map(({ elements }) => elements) : undefined,
    Expiration: expiration?.elements,
    NoncurrentVersionTransition: noncurrentTransitions.length ? noncurrentTransitions : undefined,
    NoncurrentVersionExpiration: noncurrent && { NoncurrentDays: noncurrentDays, NewerNoncurrentVersions: newer },
    AbortIncompleteMultipartUpload: abort && { DaysAfterInitiation: abortDays },
  };
  const stored: LifecycleRule = {
    id,
    enabled: status === 'Enabled',
    prefix: filter.prefix,
    ...(expiration?.days !== undefined && { expirationDays: expiration.days }),
    ...(noncurrentDays !== undefined && newer === undefined && { noncurrentVersionExpirationDays: noncurrentDays }),
    ...(abortDays !== undefined && { abortIncompleteMultipartUploadDays: abortDays }),
    transitions: transitions.flatMap(({ stored }) => stored ?? []),
  };
  const { expirationDays, noncurrentVersionExpirationDays, abortIncompleteMultipartUploadDays } = stored;
  const acts =
    (expirationDays ?? noncurrentVersionExpirationDays ?? abortIncompleteMultipartUploadDays) !== undefined ||
    stored.transitions.length > 0;
  return { elements, rule: acts && filter.byPrefixAlone ? stored : undefined };
}

function readFilter(rule: XmlElement): { elements: Elements; prefix: string; byPrefixAlone: boolean } {
  const filter = rule.child('Filter');
  const prefix = rule.child('Prefix')?.text;
  if (filter && prefix !== undefined) throw malformedXml();
  if (!filter && prefix === undefined) throw malformedXml();
  if (!filter) return { elements: { Prefix: prefix }, prefix: prefix!, byPrefixAlone: true };
  const names = filter.names();
  if (names.length > 1) throw malformedXml();
  const inner = filter.child('And') ?? filter;
  const elements = filterElements(inner);
  const others = inner.names().some((name) => name !== 'Prefix');
  return {
    elements: { Filter: names[0] === 'And' ? { And: elements } : elements },
    prefix: inner.child('Prefix')?.text ?? '',
    byPrefixAlone: !others,
  };
}

function filterElements(filter: XmlElement): Elements {
  const tags = filter.all('Tag').map((tag) => ({ Key: tag.required('Key'), Value: tag.child('Value')?.text ?? '' }));
  return {
    Prefix: filter.child('Prefix')?.text,
    Tag: tags.length ? tags : undefined,
    ObjectSizeGreaterThan: filter.value('ObjectSizeGreaterThan'),
    ObjectSizeLessThan: filter.value('ObjectSizeLessThan'),
  };
}

function readExpiration(expiration: XmlElement | undefined): { elements: Elements; days?: number } | undefined {
  if (!expiration) return undefined;
  const [days, date, marker] = ['Days', 'Date', 'ExpiredObjectDeleteMarker'].map((name) => expiration.value(name));
  if ([days, date, marker].filter((value) => value !== undefined).length !== 1) throw malformedXml();
  if (days !== undefined) return { elements: { Days: days }, days: positive(days, 'Expiration') };
  if (marker !== undefined) return { elements: { ExpiredObjectDeleteMarker: marker } };
  return { elements: { Date: midnight(date!) } };
}

function readTransition(transition: XmlElement): { elements: Elements; stored?: LifecycleRule['transitions'][number] } {
  const [days, date] = [transition.value('Days'), transition.value('Date')];
  if ((days === undefined) === (date === undefined)) throw malformedXml();
  const name = transition.required('StorageClass');
  const storageClass = knownClass(name);
  if (days === undefined) return { elements: { Date: midnight(date!), StorageClass: name } };
  if (!/^\d{1,9}$/.test(days))
    throw invalidArgument("'Days' in the Transition action must be nonnegative", 'Days', days);
  const elements = { Days: days, StorageClass: name };
  return Number(days) > 0 ? { elements, stored: { days: Number(days), storageClass } } : { elements };
}

function readNoncurrentTransition(transition: XmlElement): Elements {
  const name = transition.required('StorageClass');
  knownClass(name);
  return {
    NoncurrentDays: positive(transition.value('NoncurrentDays'), 'NoncurrentDays'),
    NewerNoncurrentVersions: transition.value('NewerNoncurrentVersions'),
    StorageClass: name,
  };
}

function knownClass(name: string) {
  try {
    return readStorageClass(name);
  } catch {
    throw malformedXml();
  }
}

function positive(text: string | undefined, name: string): number {
  if (text !== undefined && /^\d{1,9}$/.test(text) && Number(text) > 0) return Number(text);
  if (text === undefined || !/^-?\d+$/.test(text)) throw malformedXml();
  throw invalidArgument(`'${name}' for the action must be a positive integer`, name, text);
}

/** Dates of a lifecycle are midnights of UTC. */
function midnight(text: string): string {
  const time = /^\d{4}-?\d\d-?\d\d/.test(text) ? new Date(text.replace(/^(\d{4})(\d\d)(\d\d)/, '$1-$2-$3')) : undefined;
  if (!time || Number.isNaN(time.getTime())) throw malformedXml();
  if (time.getTime() % DAY !== 0) throw invalidArgument("'Date' must be at midnight GMT", 'Date', text);
  return time.toISOString();
}

/** A rule of the store as S3 writes it. */
function ruleElements(rule: LifecycleRule): Elements {
  const { expirationDays, noncurrentVersionExpirationDays, abortIncompleteMultipartUploadDays } = rule;
  return {
    ID: rule.id,
    Filter: { Prefix: rule.prefix },
    Status: rule.enabled ? 'Enabled' : 'Disabled',
    Transition: rule.transitions.map(({ days, storageClass }) => ({
      Days: days,
      StorageClass: storageClassName(storageClass),
    })),
    Expiration: expirationDays === undefined ? undefined : { Days: expirationDays },
    NoncurrentVersionExpiration:
      noncurrentVersionExpirationDays === undefined ? undefined : { NoncurrentDays: noncurrentVersionExpirationDays },
    AbortIncompleteMultipartUpload:
      abortIncompleteMultipartUploadDays === undefined
        ? undefined
        : { DaysAfterInitiation: abortIncompleteMultipartUploadDays },
  };
}

/** `x-amz-expiration`: when a rule of the bucket expires an object, at the midnight after its days are over. */
export async function expirationHeader(
  services: Services,
  bucket: string,
  version: ObjectVersion,
): Promise<string | undefined> {
  const ends = (await rulesOf(services, bucket)).flatMap((rule) => {
    const end =
      rule.Status === 'Enabled' && holdsFor(rule, version) ? endOf(rule.Expiration as Elements, version) : undefined;
    return end === undefined ? [] : [{ end, id: String(rule.ID) }];
  });
  const [first] = ends.sort((a, b) => a.end - b.end);
  return first && `expiry-date="${new Date(first.end).toUTCString()}", rule-id="${encodeURIComponent(first.id)}"`;
}

function endOf(expiration: Elements | undefined, { lastModified }: ObjectVersion): number | undefined {
  if (expiration?.Date !== undefined) return Date.parse(String(expiration.Date));
  if (expiration?.Days === undefined) return undefined;
  return Math.ceil((lastModified.getTime() + Number(expiration.Days) * DAY) / DAY) * DAY;
}

function holdsFor({ Prefix, Filter }: Elements, { key, size, tags }: ObjectVersion): boolean {
  const filter = (Filter as Elements | undefined) ?? { Prefix };
  const conditions = (filter.And as Elements | undefined) ?? filter;
  const wanted = (conditions.Tag as { Key: string; Value: string }[] | undefined) ?? [];
  return (
    key.startsWith(String(conditions.Prefix ?? '')) &&
    wanted.every(({ Key, Value }) => Object.hasOwn(tags, Key) && tags[Key] === Value) &&
    size > Number(conditions.ObjectSizeGreaterThan ?? -1) &&
    size < Number(conditions.ObjectSizeLessThan ?? Number.POSITIVE_INFINITY)
  );
}
