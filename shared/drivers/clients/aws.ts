import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3';

/** Who calls AWS, and where; what is left out comes from the SDK's default chain (environment, profile, instance or task role). */
export interface AwsSettings {
  region: string;
  /** A profile of the shared configuration files. */
  profile?: string;
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  /** One URL for all services in place of AWS's own: an emulator's. */
  endpoint?: string;
}

/** How often a call is made in all, the first time included. */
const MAXIMUM_ATTEMPTS = 4;

/** What is the same for the clients of all services. */
const settingsOf = ({ region, profile, credentials, endpoint }: AwsSettings): S3ClientConfig => ({
  region,
  // Adaptive: besides waiting after a throttled call, the client slows down all that follow.
  retryMode: 'adaptive',
  maxAttempts: MAXIMUM_ATTEMPTS,
  ...(profile && { profile }),
  ...(credentials && { credentials }),
  ...(endpoint && { endpoint, forcePathStyle: true }),
});

/** The SDK's clients of one account and region, one for each service, made when the first call needs it. */
export class AwsClients {
  readonly settings: AwsSettings;
  #s3: Promise<S3Client> | undefined;

  constructor(settings: AwsSettings) {
    this.settings = settings;
  }

  s3(): Promise<S3Client> {
    this.#s3 ??= import('@aws-sdk/client-s3').then(({ S3Client }) => new S3Client(settingsOf(this.settings)));
    return this.#s3;
  }

  /** The client that signs requests for others to make: their content is not known yet, so it has no checksum. */
  async s3Presigner(): Promise<S3Client> {
    const { S3Client } = await import('@aws-sdk/client-s3');
    return new S3Client({ ...settingsOf(this.settings), requestChecksumCalculation: 'WHEN_REQUIRED' });
  }

  /** Closes the connections that are kept open. */
  async close(): Promise<void> {
    (await this.#s3)?.destroy();
  }
}
