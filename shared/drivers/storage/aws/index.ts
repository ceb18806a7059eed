import * as S3 from '@aws-sdk/client-s3';
import type { PresignedPostOptions } from '@aws-sdk/s3-presigned-post';
import { cloudError } from '../../../types/errors.ts';
import type { BucketConfig, PresignedCondition, PresignedPost } from '../../../types/storage.ts';
import { capabilities } from '../../capabilities.ts';
import type { AwsClients } from '../../clients/aws.ts';
import { type PresignOptions, STORAGE_GATES, type StorageCapability, type StoragePort } from '../port.ts';
import { Buckets } from './buckets.ts';
import { Listings } from './listing.ts';
import { Multipart } from './multipart.ts';
import { Objects } from './objects.ts';

const DECLARED = [
  'versioning',
  'lifecycle',
  'storageClasses',
  'cors',
  'publicAccessBlock',
  'serverSideEncryption',
  'customerManagedKeys',
  'customerProvidedKeys',
  'conditionalWrites',
  'conditionalDeletes',
  'checksums',
  'tags',
  'presignedPost',
] as const satisfies StorageCapability[];

/** The longest that a presigned request of Signature Version 4 lives, in milliseconds. */
const LONGEST_PRESIGNED = 7 * 24 * 3_600_000;

/** Amazon S3: https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html */
export class AwsStorage implements StoragePort {
  readonly capabilities = capabilities(STORAGE_GATES, DECLARED);
  /** The SDK's own client, for what this driver does not offer. */
  readonly native: S3.S3Client;
  /** A presigned request is made by others, with content that is not known when it is signed. */
  readonly #presigner: S3.S3Client;
  readonly #buckets: Buckets;
  readonly #objects: Objects;
  readonly #listings: Listings;
  readonly #multipart: Multipart;

  private constructor(client: S3.S3Client, presigner: S3.S3Client, region: string) {
    this.native = client;
    this.#presigner = presigner;
    this.#buckets = new Buckets(client, region);
    this.#objects = new Objects(client);
    this.#listings = new Listings(client);
    this.#multipart = new Multipart(client);
  }

  static async open(clients: AwsClients): Promise<AwsStorage> {
    return new AwsStorage(await clients.s3(), await clients.s3Presigner(), clients.settings.region);
  }

  createBucket: StoragePort['createBucket'] = (name, config) => this.#buckets.create(name, config);
  deleteBucket: StoragePort['deleteBucket'] = (name) => this.#buckets.delete(name);
  listBuckets: StoragePort['listBuckets'] = () => this.#buckets.list();
  getBucket: StoragePort['getBucket'] = (name) => this.#buckets.get(name);
  getBucketConfig: StoragePort['getBucketConfig'] = (name) => this.#buckets.config(name);
  updateBucketConfig: StoragePort['updateBucketConfig'] = (name, change: Partial<BucketConfig>) =>
    this.#buckets.update(name, change);

  putObject: StoragePort['putObject'] = (...given) => this.#objects.put(...given);
  getObject: StoragePort['getObject'] = (...given) => this.#objects.get(...given);
  headObject: StoragePort['headObject'] = (...given) => this.#objects.head(...given);
  deleteObject: StoragePort['deleteObject'] = (...given) => this.#objects.delete(...given);
  copyObject: StoragePort['copyObject'] = (...given) => this.#objects.copy(...given);
  getTags: StoragePort['getTags'] = (reference) => this.#objects.tags(reference);
  putTags: StoragePort['putTags'] = (...given) => this.#objects.setTags(...given);
  restoreObject: StoragePort['restoreObject'] = (...given) => this.#objects.restore(...given);

  listObjects: StoragePort['listObjects'] = (...given) => this.#listings.objects(...given);
  listVersions: StoragePort['listVersions'] = (...given) => this.#listings.versions(...given);
  listUploads: StoragePort['listUploads'] = (...given) => this.#listings.uploads(...given);

  startUpload: StoragePort['startUpload'] = (...given) => this.#multipart.start(...given);
  uploadPart: StoragePort['uploadPart'] = (...given) => this.#multipart.part(...given);
  uploadPartCopy: StoragePort['uploadPartCopy'] = (...given) => this.#multipart.partCopy(...given);
  listParts: StoragePort['listParts'] = (...given) => this.#multipart.parts(...given);
  abortUpload: StoragePort['abortUpload'] = (upload) => this.#multipart.abort(upload);
  completeUpload: StoragePort['completeUpload'] = async (upload, parts, options) => {
    await this.#multipart.complete(upload, parts, options);
    return this.#objects.written(upload.bucket, upload.key);
  };

  async presignUrl(bucket: string, key: string, options: PresignOptions): Promise<string> {
    const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
    const { method, headers = {}, versionId } = options;
    const target = { Bucket: bucket, Key: key, ...(versionId && { VersionId: versionId }) };
    const commands = {
      GET: () => new S3.GetObjectCommand(target),
      HEAD: () => new S3.HeadObjectCommand(target),
      PUT: () => putCommand({ Bucket: bucket, Key: key }, options.part),
      DELETE: () => new S3.DeleteObjectCommand(target),
    };
    const command = commands[method]() as S3.GetObjectCommand;
    command.middlewareStack.add(
      (next) => (call) => {
        Object.assign((call.request as { headers: Record<string, string> }).headers, headers);
        return next(call);
      },
      { step: 'build', name: 'headersOfThePresignedRequest' },
    );
    const signed = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
    return getSignedUrl(this.#presigner, command, {
      expiresIn: seconds(options.expiresIn),
      signableHeaders: signed,
      unhoistableHeaders: signed,
    });
  }

  async presignPost(
    bucket: string,
    key: string,
    expiresIn: number,
    conditions: PresignedCondition[],
  ): Promise<PresignedPost> {
    const { createPresignedPost } = await import('@aws-sdk/s3-presigned-post');
    const exact = conditions.filter((condition) => condition.kind === 'Exact');
    return createPresignedPost(this.#presigner, {
      Bucket: bucket,
      Key: key,
      Expires: seconds(expiresIn),
      Fields: Object.fromEntries(exact.map(({ field, value }) => [field, value])),
      Conditions: conditions.flatMap(policyConditions),
    });
  }
}

const putCommand = (
  target: { Bucket: string; Key: string },
  part: PresignOptions['part'],
): S3.PutObjectCommand | S3.UploadPartCommand =>
  part
    ? new S3.UploadPartCommand({ ...target, UploadId: part.uploadId, PartNumber: part.partNumber })
    : new S3.PutObjectCommand(target);

type PolicyCondition = NonNullable<PresignedPostOptions['Conditions']>[number];

/** A condition as a POST policy writes it; exact ones are made from the form's fields. */
function policyConditions(condition: PresignedCondition): PolicyCondition[] {
  if (condition.kind === 'ContentLengthRange') return [['content-length-range', condition.min, condition.max]];
  if (condition.kind === 'StartsWith') return [['starts-with', `$${condition.field}`, condition.value]];
  return [];
}

function seconds(milliseconds: number): number {
  if (milliseconds >= 1_000 && milliseconds <= LONGEST_PRESIGNED) return Math.floor(milliseconds / 1_000);
  const message = `a presigned request lives between one second and seven days, and not ${milliseconds} ms`;
  throw cloudError('InvalidInput', message, {
    issues: [{ path: 'expires', value: milliseconds, message: 'give 1 s to 7 days' }],
  });
}
