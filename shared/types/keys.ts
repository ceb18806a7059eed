import { z } from 'zod';
import { Bytes, NonEmpty, Timestamp } from '../core/codecs.ts';
import { TextMap } from './scalars.ts';

/** What a key is for. */
export const KeyUsage = z.enum(['EncryptDecrypt', 'SignVerify']);
export type KeyUsage = z.infer<typeof KeyUsage>;

/** The algorithm and size of a key; SymmetricDefault is AES-256-GCM. */
export const KeySpec = z.enum([
  'SymmetricDefault',
  'RSA2048',
  'RSA3072',
  'RSA4096',
  'ECC_NIST_P256',
  'ECC_NIST_P384',
  'ECC_NIST_P521',
  'ECC_SECG_P256K1',
]);
export type KeySpec = z.infer<typeof KeySpec>;

/** Where a key's material comes from. */
export const KeyOrigin = z.enum(['AWS_KMS', 'External', 'AWS_CLOUDHSM']);
export type KeyOrigin = z.infer<typeof KeyOrigin>;

function usageOf(spec: KeySpec): KeyUsage | undefined {
  if (spec === 'SymmetricDefault') return 'EncryptDecrypt';
  return spec.startsWith('ECC_') ? 'SignVerify' : undefined;
}

/** How a key is to be made. */
export const KeyConfig = z
  .strictObject({
    policy: z.string().optional().describe('a policy document as JSON text'),
    description: z.string().optional(),
    keyUsage: KeyUsage.default('EncryptDecrypt'),
    keySpec: KeySpec.default('SymmetricDefault'),
    origin: KeyOrigin.default('AWS_KMS'),
    multiRegion: z.boolean().default(false),
    tags: TextMap.default({}),
  })
  .check(({ value, issues }) => {
    const usage = usageOf(value.keySpec);
    if (usage === undefined || usage === value.keyUsage) return;
    const message = `a key of the kind ${value.keySpec} can only be used for ${usage}`;
    issues.push({ code: 'custom', path: ['keyUsage'], input: value.keyUsage, message });
  });
export type KeyConfig = z.infer<typeof KeyConfig>;

/** Whether a key can be used. */
export const KeyState = z.enum([
  'Creating',
  'Enabled',
  'Disabled',
  'PendingDeletion',
  'PendingImport',
  'PendingReplicaDeletion',
  'Unavailable',
  'Updating',
]);
export type KeyState = z.infer<typeof KeyState>;

/** Who manages a key. */
export const KeyManager = z.enum(['AWS', 'Customer']);
export type KeyManager = z.infer<typeof KeyManager>;

/** Ours: one of the keys that share their material over several regions. */
export const MultiRegionKey = z.strictObject({ arn: NonEmpty, region: NonEmpty });
export type MultiRegionKey = z.infer<typeof MultiRegionKey>;

/** Ours: which of the keys that share their material this is, and which the others are. */
export const MultiRegionConfiguration = z.strictObject({
  multiRegionKeyType: z.enum(['Primary', 'Replica']),
  primaryKey: MultiRegionKey,
  replicaKeys: z.array(MultiRegionKey),
});
export type MultiRegionConfiguration = z.infer<typeof MultiRegionConfiguration>;

/** An encryption key as it is now; never its material. */
export const Key = z.strictObject({
  keyId: NonEmpty,
  arn: NonEmpty,
  creationDate: Timestamp,
  enabled: z.boolean(),
  description: z.string(),
  keyUsage: KeyUsage,
  keyState: KeyState,
  deletionDate: Timestamp.optional(),
  validTo: Timestamp.optional().describe('when imported material ends'),
  origin: KeyOrigin,
  customKeyStoreId: NonEmpty.optional(),
  cloudHsmClusterId: NonEmpty.optional(),
  expirationModel: NonEmpty.optional().describe('KEY_MATERIAL_EXPIRES or KEY_MATERIAL_DOES_NOT_EXPIRE'),
  keyManager: KeyManager,
  keySpec: KeySpec,
  encryptionAlgorithms: z.array(NonEmpty),
  signingAlgorithms: z.array(NonEmpty),
  multiRegion: z.boolean(),
  multiRegionConfiguration: MultiRegionConfiguration.optional(),
});
export type Key = z.infer<typeof Key>;

/** Ours: a key in one line. */
export const KeySummary = z.strictObject({ keyId: NonEmpty, arn: NonEmpty });
export type KeySummary = z.infer<typeof KeySummary>;

/** Ours: another name for a key. */
export const KeyAlias = z.strictObject({
  name: NonEmpty,
  arn: NonEmpty,
  targetKeyId: NonEmpty.optional(),
});
export type KeyAlias = z.infer<typeof KeyAlias>;

/** What an encryption gave. */
export const EncryptionResult = z.strictObject({
  ciphertextBlob: Bytes,
  keyId: NonEmpty,
  encryptionAlgorithm: NonEmpty,
});
export type EncryptionResult = z.infer<typeof EncryptionResult>;

/** What a decryption gave. */
export const DecryptionResult = z.strictObject({ plaintext: Bytes, keyId: NonEmpty, encryptionAlgorithm: NonEmpty });
export type DecryptionResult = z.infer<typeof DecryptionResult>;

/** A key to encrypt data with, in the clear and encrypted. */
export const DataKey = z.strictObject({ ciphertextBlob: Bytes, plaintext: Bytes, keyId: NonEmpty });
export type DataKey = z.infer<typeof DataKey>;

/** A key to encrypt data with, encrypted only. */
export const DataKeyWithoutPlaintext = z.strictObject({ ciphertextBlob: Bytes, keyId: NonEmpty });
export type DataKeyWithoutPlaintext = z.infer<typeof DataKeyWithoutPlaintext>;
