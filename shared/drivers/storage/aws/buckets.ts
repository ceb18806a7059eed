import type { CORSRule, S3Client, LifecycleRule as S3LifecycleRule } from '@aws-sdk/client-s3';
import * as S3 from '@aws-sdk/client-s3';
import { Duration } from '../../../core/duration.ts';
import { cloudError } from '../../../types/errors.ts';
import type { Bucket, BucketConfig, CorsRule, EncryptionConfig, LifecycleRule } from '../../../types/storage.ts';
import { storageError } from './errors.ts';
import { fromS3Class, toS3Class } from './translate.ts';

/** Buckets and their configuration. */
export class Buckets {
  readonly #client: S3Client;
  readonly #region: string;

  constructor(client: S3Client, region: string) {
    this.#client = client;
    this.#region = region;
  }

  /** S3 makes the bucket and configures it in several calls; when one of them fails, the bucket is deleted again. */
  async create(name: string, config: BucketConfig): Promise<Bucket> {
    await this.#refuseOwn(name);
    await this.#do('CreateBucket', name, () =>
      this.#client.send(
        new S3.CreateBucketCommand({
          Bucket: name,
          ...(this.#region !== 'us-east-1' && {
            CreateBucketConfiguration: { LocationConstraint: this.#region as S3.BucketLocationConstraint },
          }),
        }),
      ),
    );
    try {
      await this.#configure(name, onlyWhatDiffers(config));
    } catch (error) {
      await this.#client.send(new S3.DeleteBucketCommand({ Bucket: name }));
      throw error;
    }
    return this.get(name);
  }

  /** In us-east-1 alone S3 takes the creation of a bucket that one has for a success. */
  async #refuseOwn(name: string): Promise<void> {
    if (this.#region !== 'us-east-1') return;
    const { Buckets = [] } = await this.#do('ListBuckets', name, () =>
      this.#client.send(new S3.ListBucketsCommand({ Prefix: name })),
    );
    if (!Buckets.some(({ Name }) => Name === name)) return;
    throw cloudError('StorageError.BucketAlreadyExists', `bucket "${name}" exists and is yours; choose another name`, {
      bucket: name,
    });
  }

  async delete(name: string): Promise<void> {
    await this.#do('DeleteBucket', name, () => this.#client.send(new S3.DeleteBucketCommand({ Bucket: name })));
  }

  async list(): Promise<Bucket[]> {
    const buckets: Bucket[] = [];
    let token: string | undefined;
    do {
      const page = await this.#do('ListBuckets', '', () =>
        this.#client.send(new S3.ListBucketsCommand({ MaxBuckets: 1_000, ...(token && { ContinuationToken: token }) })),
      );
      buckets.push(...(await Promise.all((page.Buckets ?? []).map((bucket) => this.#describe(bucket)))));
      token = page.ContinuationToken;
    } while (token);
    return buckets;
  }

  async get(name: string): Promise<Bucket> {
    await this.#do('HeadBucket', name, () => this.#client.send(new S3.HeadBucketCommand({ Bucket: name })));
    const { Buckets = [] } = await this.#do('ListBuckets', name, () =>
      this.#client.send(new S3.ListBucketsCommand({ Prefix: name })),
    );
    return this.#describe(Buckets.find(({ Name }) => Name === name) ?? { Name: name });
  }

  async config(name: string): Promise<BucketConfig> {
    const Bucket = name;
    const [versioning, encryption, lifecycle, cors, block] = await Promise.all([
      this.#versioning(name),
      this.#encryption(name),
      this.#optional('GetBucketLifecycleConfiguration', name, () =>
        this.#client.send(new S3.GetBucketLifecycleConfigurationCommand({ Bucket })),
      ),
      this.#optional('GetBucketCors', name, () => this.#client.send(new S3.GetBucketCorsCommand({ Bucket }))),
      this.#optional('GetPublicAccessBlock', name, () =>
        this.#client.send(new S3.GetPublicAccessBlockCommand({ Bucket })),
      ),
    ]);
    const access = block?.PublicAccessBlockConfiguration;
    return {
      versioning,
      ...(encryption && { encryption }),
      lifecycleRules: (lifecycle?.Rules ?? []).map(fromLifecycleRule),
      corsRules: (cors?.CORSRules ?? []).map(fromCorsRule),
      ...(access && {
        publicAccessBlock: {
          blockPublicAcls: access.BlockPublicAcls ?? false,
          ignorePublicAcls: access.IgnorePublicAcls ?? false,
          blockPublicPolicy: access.BlockPublicPolicy ?? false,
          restrictPublicBuckets: access.RestrictPublicBuckets ?? false,
        },
      }),
    };
  }

  async update(name: string, change: Partial<BucketConfig>): Promise<void> {
    if (change.versioning === 'Disabled' && (await this.#versioning(name)) !== 'Disabled') {
      throw cloudError(
        'InvalidInput',
        `bucket "${name}": versioning that was enabled once can be Suspended and no longer Disabled`,
        { issues: [{ path: 'versioning', value: 'Disabled', message: 'give Suspended' }] },
      );
    }
    await this.#configure(name, change);
  }

  async #configure(name: string, change: Partial<BucketConfig>): Promise<void> {
    const { versioning } = change;
    if (versioning !== undefined && versioning !== 'Disabled') {
      await this.#do('PutBucketVersioning', name, () =>
        this.#client.send(
          new S3.PutBucketVersioningCommand({ Bucket: name, VersioningConfiguration: { Status: versioning } }),
        ),
      );
    }
    if ('encryption' in change) await this.#setEncryption(name, change.encryption);
    if (change.lifecycleRules) await this.#setLifecycle(name, change.lifecycleRules);
    if (change.corsRules) await this.#setCors(name, change.corsRules);
    if ('publicAccessBlock' in change) await this.#setAccessBlock(name, change.publicAccessBlock);
  }

  async #setEncryption(name: string, encryption: EncryptionConfig | undefined): Promise<void> {
    if (encryption?.type === 'CustomerProvidedKey') {
      throw cloudError(
        'Unimplemented',
        'S3 has no bucket that asks for customer-provided keys; send the key with each request',
        { provider: 'aws', capability: 'customerProvidedKeys', reason: 'not as the default of a bucket' },
      );
    }
    await this.#do('PutBucketEncryption', name, () =>
      encryption
        ? this.#client.send(
            new S3.PutBucketEncryptionCommand({
              Bucket: name,
              ServerSideEncryptionConfiguration: {
                Rules: [
                  {
                    ApplyServerSideEncryptionByDefault:
                      encryption.type === 'CustomerManagedKey'
                        ? { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: encryption.keyId }
                        : { SSEAlgorithm: 'AES256' },
                  },
                ],
              },
            }),
          )
        : this.#client.send(new S3.DeleteBucketEncryptionCommand({ Bucket: name })),
    );
  }

  async #setLifecycle(name: string, rules: LifecycleRule[]): Promise<void> {
    await this.#do('PutBucketLifecycleConfiguration', name, () =>
      rules.length > 0
        ? this.#client.send(
            new S3.PutBucketLifecycleConfigurationCommand({
              Bucket: name,
              LifecycleConfiguration: { Rules: rules.map(toLifecycleRule) },
            }),
          )
        : this.#client.send(new S3.DeleteBucketLifecycleCommand({ Bucket: name })),
    );
  }

  async #setCors(name: string, rules: CorsRule[]): Promise<void> {
    await this.#do('PutBucketCors', name, () =>
      rules.length > 0
        ? this.#client.send(
            new S3.PutBucketCorsCommand({ Bucket: name, CORSConfiguration: { CORSRules: rules.map(toCorsRule) } }),
          )
        : this.#client.send(new S3.DeleteBucketCorsCommand({ Bucket: name })),
    );
  }

  async #setAccessBlock(name: string, block: BucketConfig['publicAccessBlock']): Promise<void> {
    await this.#do('PutPublicAccessBlock', name, () =>
      block
        ? this.#client.send(
            new S3.PutPublicAccessBlockCommand({
              Bucket: name,
              PublicAccessBlockConfiguration: {
                BlockPublicAcls: block.blockPublicAcls,
                IgnorePublicAcls: block.ignorePublicAcls,
                BlockPublicPolicy: block.blockPublicPolicy,
                RestrictPublicBuckets: block.restrictPublicBuckets,
              },
            }),
          )
        : this.#client.send(new S3.DeletePublicAccessBlockCommand({ Bucket: name })),
    );
  }

  async #describe({ Name = '', CreationDate, BucketRegion }: S3.Bucket): Promise<Bucket> {
    const [versioning, encryption] = await Promise.all([this.#versioning(Name), this.#encryption(Name)]);
    return {
      name: Name,
      creationDate: CreationDate ?? new Date(0),
      location: BucketRegion ?? this.#region,
      versioning,
      ...(encryption && { encryption }),
    };
  }

  async #versioning(name: string): Promise<Bucket['versioning']> {
    const { Status } = await this.#do('GetBucketVersioning', name, () =>
      this.#client.send(new S3.GetBucketVersioningCommand({ Bucket: name })),
    );
    return Status ?? 'Disabled';
  }

  async #encryption(name: string): Promise<EncryptionConfig | undefined> {
    const answer = await this.#optional('GetBucketEncryption', name, () =>
      this.#client.send(new S3.GetBucketEncryptionCommand({ Bucket: name })),
    );
    const rule = answer?.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault;
    if (!rule?.SSEAlgorithm) return undefined;
    if (rule.SSEAlgorithm === 'AES256') return { type: 'ServerSideEncryption' };
    return { type: 'CustomerManagedKey', keyId: rule.KMSMasterKeyID ?? 'aws/s3' };
  }

  /** A configuration that a bucket does not have is an error in S3; here it is undefined. */
  async #optional<T>(operation: string, bucket: string, call: () => Promise<T>): Promise<T | undefined> {
    try {
      return await call();
    } catch (error) {
      if (ABSENT.has((error as Error).name)) return undefined;
      throw storageError(operation, { bucket }, error);
    }
  }

  async #do<T>(operation: string, bucket: string, call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw storageError(operation, { bucket }, error);
    }
  }
}

const ABSENT = new Set([
  'ServerSideEncryptionConfigurationNotFoundError',
  'NoSuchLifecycleConfiguration',
  'NoSuchCORSConfiguration',
  'NoSuchPublicAccessBlockConfiguration',
]);

/** A new bucket has no rules, so that none need to be removed. */
function onlyWhatDiffers(config: BucketConfig): Partial<BucketConfig> {
  const { encryption, lifecycleRules, corsRules, publicAccessBlock, versioning } = config;
  return {
    versioning,
    ...(encryption && { encryption }),
    ...(lifecycleRules.length > 0 && { lifecycleRules }),
    ...(corsRules.length > 0 && { corsRules }),
    ...(publicAccessBlock && { publicAccessBlock }),
  };
}

function toLifecycleRule(rule: LifecycleRule): S3LifecycleRule {
  const noncurrent = rule.noncurrentVersionExpirationDays;
  const unfinished = rule.abortIncompleteMultipartUploadDays;
  return {
    ID: rule.id,
    Status: rule.enabled ? 'Enabled' : 'Disabled',
    Filter: { Prefix: rule.prefix },
    ...(rule.expirationDays !== undefined && { Expiration: { Days: rule.expirationDays } }),
    ...(noncurrent !== undefined && { NoncurrentVersionExpiration: { NoncurrentDays: noncurrent } }),
    ...(unfinished !== undefined && { AbortIncompleteMultipartUpload: { DaysAfterInitiation: unfinished } }),
    ...(rule.transitions.length > 0 && {
      Transitions: rule.transitions.map(({ days, storageClass }) => ({
        Days: days,
        StorageClass: toS3Class(storageClass) as S3.TransitionStorageClass,
      })),
    }),
  };
}

function fromLifecycleRule(rule: S3LifecycleRule): LifecycleRule {
  const { Expiration, NoncurrentVersionExpiration, AbortIncompleteMultipartUpload } = rule;
  const noncurrent = NoncurrentVersionExpiration?.NoncurrentDays;
  const unfinished = AbortIncompleteMultipartUpload?.DaysAfterInitiation;
  return {
    id: rule.ID ?? '',
    enabled: rule.Status === 'Enabled',
    prefix: rule.Filter?.Prefix ?? rule.Filter?.And?.Prefix ?? '',
    ...(Expiration?.Days !== undefined && { expirationDays: Expiration.Days }),
    ...(noncurrent !== undefined && { noncurrentVersionExpirationDays: noncurrent }),
    ...(unfinished !== undefined && { abortIncompleteMultipartUploadDays: unfinished }),
    transitions: (rule.Transitions ?? []).map(({ Days = 0, StorageClass }) => ({
      days: Days,
      storageClass: fromS3Class(StorageClass),
    })),
  };
}

function toCorsRule({ allowedOrigins, allowedMethods, allowedHeaders, exposeHeaders, maxAge }: CorsRule): CORSRule {
  return {
    AllowedOrigins: allowedOrigins,
    AllowedMethods: allowedMethods,
    AllowedHeaders: allowedHeaders,
    ExposeHeaders: exposeHeaders,
    ...(maxAge && { MaxAgeSeconds: Math.round(maxAge.milliseconds / 1_000) }),
  };
}

function fromCorsRule(rule: CORSRule): CorsRule {
  return {
    allowedOrigins: rule.AllowedOrigins ?? [],
    allowedMethods: (rule.AllowedMethods ?? []) as CorsRule['allowedMethods'],
    allowedHeaders: rule.AllowedHeaders ?? [],
    exposeHeaders: rule.ExposeHeaders ?? [],
    ...(rule.MaxAgeSeconds !== undefined && { maxAge: Duration.seconds(rule.MaxAgeSeconds) }),
  };
}
