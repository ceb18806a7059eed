import { parseQuery } from '../../../shared/semantics/sigv4/index.ts';
import { invalidArgument, S3Error } from './errors.ts';
import { type Elements, malformedXml, type XmlElement } from './xml.ts';

/** The tags of an `x-amz-tagging` header, which is written as a query is. */
export function readTaggingHeader(header: string | undefined): Record<string, string> | undefined {
  if (header === undefined) return undefined;
  const pairs = parseQuery(header);
  if (!pairs)
    throw invalidArgument(
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
      'x-amz-tagging',
      header,
    );
  return checkTags(pairs, MOST_OBJECT_TAGS);
}

export const MOST_OBJECT_TAGS = 10;
export const MOST_BUCKET_TAGS = 50;

/** The tags of a Tagging document. */
export function readTagging(root: XmlElement, most: number): Record<string, string> {
  const set = root.child('TagSet');
  if (!set) throw malformedXml();
  return checkTags(
    set.all('Tag').map((tag) => {
      const [key, value] = [tag.child('Key'), tag.child('Value')];
      if (!key || !value) throw malformedXml();
      return [key.text, value.text];
    }),
    most,
  );
}

export function taggingElements(tags: Record<string, string>): Elements {
  return { TagSet: { Tag: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) } };
}

function checkTags(pairs: (readonly [string, string])[], most: number): Record<string, string> {
  if (pairs.length > most) {
    throw most === MOST_OBJECT_TAGS
      ? new S3Error('BadRequest', { message: `Object tags cannot be greater than ${most}` })
      : invalidTag(`Bucket tag count cannot be greater than ${most}`);
  }
  const tags: Record<string, string> = Object.create(null);
  for (const [key, value] of pairs) {
    if (key.length < 1 || key.length > 128)
      throw invalidTag('The TagKey you have provided is invalid', { TagKey: key });
    if (value.length > 256)
      throw invalidTag('The TagValue you have provided is invalid', { TagKey: key, TagValue: value });
    if (!TAG.test(key)) throw invalidTag('The TagKey you have provided is invalid', { TagKey: key });
    if (!TAG.test(value))
      throw invalidTag('The TagValue you have provided is invalid', { TagKey: key, TagValue: value });
    if (/^aws:/i.test(key)) throw invalidTag('System tags cannot be added/updated by requester', { TagKey: key });
    if (key in tags) throw invalidTag('Cannot provide multiple Tags with the same key', { TagKey: key });
    tags[key] = value;
  }
  return { ...tags };
}

/** What tags may be made of, in any language. */
const TAG = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

function invalidTag(message: string, details: Record<string, string> = {}): S3Error {
  return new S3Error('InvalidTag', { message, details });
}
