import { z } from 'zod';
import { NonEmpty } from '../core/codecs.ts';
import { variant, variants } from './variants.ts';

/** An access key of AWS. */
export const AWSCredentials = z.strictObject({
  accessKeyId: NonEmpty,
  secretAccessKey: NonEmpty,
  sessionToken: NonEmpty.optional().describe('present with temporary credentials'),
  region: NonEmpty,
});
export type AWSCredentials = z.infer<typeof AWSCredentials>;

/** A service account of Google Cloud. */
export const GCPCredentials = z.strictObject({
  serviceAccountKey: NonEmpty.describe("the content of the service account's JSON key file"),
  projectId: NonEmpty,
});
export type GCPCredentials = z.infer<typeof GCPCredentials>;

/** A service principal of Azure. */
export const AzureCredentials = z.strictObject({
  clientId: NonEmpty,
  clientSecret: NonEmpty,
  tenantId: NonEmpty,
  subscriptionId: NonEmpty,
});
export type AzureCredentials = z.infer<typeof AzureCredentials>;

/** The configuration that the Local provider reads. */
export const LocalCredentials = z.strictObject({ configPath: NonEmpty });
export type LocalCredentials = z.infer<typeof LocalCredentials>;

/** What one provider needs to know who is calling. Never put into an event, a log or an error. */
export const Credentials = variants([
  variant('AWS', { credentials: AWSCredentials }),
  variant('GCP', { credentials: GCPCredentials }),
  variant('Azure', { credentials: AzureCredentials }),
  variant('Local', { credentials: LocalCredentials }),
]);
export type Credentials = z.infer<typeof Credentials>;
