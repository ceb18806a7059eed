import { Readable } from 'node:stream';
import busboy from 'busboy';
import type { PutOptions } from '../../../shared/drivers/storage/port.ts';
import {
  checkContentLength,
  checkPostPolicy,
  type PostPolicy,
  parsePostPolicy,
  SignatureRefusal,
  verifyForm,
} from '../../../shared/semantics/sigv4/index.ts';
import { authorize } from './access/authorize.ts';
import { keepObjectAcl, objectGrants } from './acls.ts';
import { statedChecksum, statedMd5 } from './checksums.ts';
import { invalidArgument, S3Error, s3Error } from './errors.ts';
import { statedLock } from './objectLock.ts';
import { describedObject, write, writtenHeaders } from './objects.ts';
import type { Answer, BucketRequest } from './request.ts';
import type { Services } from './services.ts';
import { MOST_OBJECT_TAGS, readTagging } from './tags.ts';
import { parseXml } from './xml.ts';

/** Bytes that the fields before the file may have together, and how many there may be. */
const LARGEST_FIELDS = 20 * 1024;
const MOST_FIELDS = 1_000;

interface Form {
  /** By lower-case name. */
  fields: Record<string, string>;
  fileName: string;
  file: Readable;
}

/** A form of a browser: the fields say what may be uploaded, and the file is the object. */
export async function postObject(request: BucketRequest, services: Services): Promise<Answer> {
  const form = await readForm(request);
  const { fields, file } = form;
  try {
    const accessKeyId = verifyForm(fields, services.accounts);
    const account = accessKeyId === undefined ? undefined : services.accounts.ofKey(accessKeyId);
    const key = (fields.key ?? '').replace(/\$\{filename\}/g, () => form.fileName);
    const policy =
      accessKeyId === undefined ? undefined : readPolicy({ ...fields, key, bucket: request.bucket }, request.time);
    const headers = { ...headersOf(fields), ...connectionHeaders(request) };
    const post = { ...request, account, headers, key };
    await authorize(post, services, {
      action: 'PutObject',
      bucket: request.bucket,
      key,
      permission: 'WRITE',
      list: 'bucket',
    });
    return answer(post, services, fields, await store(post, services, fields, limited(file, policy)));
  } finally {
    file.on('error', () => {}).resume();
  }
}

function connectionHeaders({ headers }: BucketRequest): Record<string, string> {
  return Object.fromEntries(
    ['user-agent', 'referer'].flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  );
}

type PostRequest = BucketRequest & { key: string };

async function store(post: PostRequest, services: Services, fields: Form['fields'], content: LimitedContent) {
  const { bucket, key, headers } = post;
  const contentMd5 = statedMd5(headers);
  const checksum = statedChecksum(post);
  const options: PutOptions = {
    ...describedObject(headers),
    ...(fields.tagging !== undefined && {
      tags: readTagging(parseXml(Buffer.from(fields.tagging), 'Tagging'), MOST_OBJECT_TAGS),
    }),
    ...(contentMd5 !== undefined && { contentMd5 }),
    ...(checksum && { checksum }),
  };
  const grants = await objectGrants(post, services);
  const lock = statedLock(post, services);
  const version = await write({ payload: content }, () => services.storage.putObject(bucket, key, content, options));
  keepObjectAcl(post, services, version, grants);
  services.documents.setObject(bucket, version, { ...lock, redirect: headers['x-amz-website-redirect-location'] });
  return version;
}

async function answer(
  post: PostRequest,
  services: Services,
  fields: Form['fields'],
  version: Awaited<ReturnType<typeof store>>,
): Promise<Answer> {
  const { bucket, key, origin } = post;
  const location = `${origin}/${bucket}/${encodeURIComponent(key)}`;
  const headers = { ...(await writtenHeaders(post, services, version)), location };
  const redirect = redirectTo(fields.success_action_redirect ?? fields.redirect, {
    bucket,
    key,
    etag: `"${version.etag}"`,
  });
  if (redirect !== undefined) return { status: 303, headers: { ...headers, location: redirect } };
  const status = fields.success_action_status;
  if (status !== '201') return { status: status === '200' ? 200 : 204, headers };
  const content = { Location: location, Bucket: bucket, Key: key, ETag: `"${version.etag}"` };
  return { status: 201, headers, body: { root: 'PostResponse', content, namespace: undefined } };
}

/** Where a browser is sent after an upload; what is no URL is left aside. */
function redirectTo(text: string | undefined, result: Record<string, string>): string | undefined {
  if (text === undefined || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined;
  const query = Object.entries(result).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return `${text}${url.search === '' ? '?' : '&'}${query.join('&')}`;
}

function readPolicy(fields: Record<string, string>, now: Date): PostPolicy {
  const policy = parsePostPolicy(Buffer.from(fields.policy ?? '', 'base64').toString());
  checkPostPolicy(policy, fields, now);
  return policy;
}

/** What a field of a form is as the header of a request. */
function headersOf(fields: Form['fields']): Record<string, string> {
  const { acl } = fields;
  const kept = Object.entries(fields).filter(([name]) => HEADER_FIELDS.test(name));
  return { ...Object.fromEntries(kept), ...(acl !== undefined && { 'x-amz-acl': acl }) };
}

const HEADER_FIELDS =
  /^(cache-control|content-type|content-disposition|content-encoding|content-language|expires|content-md5|x-amz-(meta-.*|storage-class|server-side-encryption.*|website-redirect-location|checksum-.*|object-lock-.*|acl|grant-.*))$/;

type LimitedContent = AsyncIterable<Uint8Array> & { failure: S3Error | undefined };

/** The file, as long as its length is within the policy's range. */
function limited(file: Readable, policy: PostPolicy | undefined): LimitedContent {
  const content = {
    failure: undefined as S3Error | undefined,
    async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
      let length = 0;
      try {
        for await (const bytes of file) {
          length += bytes.length;
          if (policy) checkContentLength(policy, length, false);
          yield bytes;
        }
        if (policy) checkContentLength(policy, length, true);
      } catch (error) {
        content.failure = asFormError(error);
        throw content.failure;
      }
    },
  };
  return content;
}

/** Reads a form up to its file. */
function readForm(request: BucketRequest): Promise<Form> {
  const { headers, payload } = request;
  if (!/^multipart\/form-data\s*;/i.test(headers['content-type'] ?? '')) {
    throw new S3Error('PreconditionFailed', {
      message: 'Bucket POST must be of the enclosure-type multipart/form-data',
      details: { Condition: 'Bucket POST must be of the enclosure-type multipart/form-data' },
    });
  }
  return new Promise((resolve, reject) => {
    const fields: Record<string, string> = Object.create(null);
    let size = 0;
    let seen = false;
    const found = (file: Readable, fileName: string): void => {
      seen = true;
      if (fields.key) {
        resolve({ fields, file, fileName });
        return;
      }
      file.on('error', () => {}).resume();
      fail(missingField('key'));
    };
    const fail = (error: unknown): void => reject(payload.failure ?? asFormError(error));
    let parser: busboy.Busboy;
    try {
      parser = busboy({
        headers: { ...headers },
        defParamCharset: 'utf8',
        limits: { fieldSize: LARGEST_FIELDS + 1, fields: MOST_FIELDS, files: 1 },
      });
    } catch (error) {
      reject(new S3Error('MalformedPOSTRequest', { cause: error }));
      return;
    }
    parser.on('field', (name, value) => {
      size += name.length + Buffer.byteLength(value);
      if (size > LARGEST_FIELDS) return fail(new S3Error('MaxPostPreDataLengthExceededError'));
      const lower = name.toLowerCase();
      if (seen || lower in fields) return;
      // A file that is sent without a name comes as a field.
      if (lower !== 'file') fields[lower] = value;
      else found(Readable.from(value === '' ? [] : [Buffer.from(value)]), '');
    });
    parser.on('fieldsLimit', () => fail(new S3Error('MaxPostPreDataLengthExceededError')));
    parser.on('file', (name, file, { filename }) => {
      if (seen || name.toLowerCase() !== 'file') {
        file.resume();
        return;
      }
      found(file, filename ?? '');
    });
    parser.on('close', () => {
      if (seen) return;
      fail(invalidArgument('POST requires exactly one file upload per request.', 'file', '0'));
    });
    parser.on('error', fail);
    const source = Readable.from(payload);
    source.on('error', (error) => {
      fail(error);
      parser.destroy(error);
    });
    source.pipe(parser);
  });
}

function missingField(name: string): S3Error {
  return invalidArgument(
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    name,
    '',
  );
}

function asFormError(error: unknown): S3Error {
  if (error instanceof S3Error) return error;
  if (error instanceof SignatureRefusal) return s3Error(error);
  return new S3Error('MalformedPOSTRequest', { cause: error });
}
