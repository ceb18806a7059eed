import { createHmac, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { Duration } from '../../core/duration.ts';
import { CloudError } from '../../core/errors.ts';
import { equalInConstantTime, refused, requireSecrets, type Scheme, timestampProblem } from './scheme.ts';

const ID = 'webhook-id';
const TIMESTAMP = 'webhook-timestamp';
const SIGNATURE = 'webhook-signature';
const TOLERANCE = Duration.minutes(5);

/**
 * Standard Webhooks 1.0.0: `{id}.{timestamp}.{body}` signed with HMAC-SHA256 (`v1`, secret `whsec_…`) or ed25519 (`v1a`, public key
 * `whpk_…`, secret key `whsk_…`); the header lists several signatures while keys are rotated.
 *
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export const standardWebhooks: Scheme = {
  verify({ headers, body }, { secrets, now, tolerance = TOLERANCE }) {
    requireSecrets('standardWebhooks', secrets);
    const keys = secrets.map(verificationKey);
    const missing = [ID, TIMESTAMP, SIGNATURE].find((name) => !headers[name]);
    if (missing) return refused(`the header ${missing} is missing`);
    const [id, timestamp, signatures] = [headers[ID]!, headers[TIMESTAMP]!, headers[SIGNATURE]!];
    if (id.includes('.'))
      return refused('the header webhook-id has a ".", which would blur where the signed parts end');
    const skew = timestampProblem('the header webhook-timestamp', timestamp, now, tolerance);
    if (skew) return refused(skew);
    const content = signedContent(id, timestamp, body);
    const candidates = signatures.split(' ').filter(Boolean);
    const genuine = candidates.filter((candidate) => keys.some((key) => key(candidate, content)));
    if (genuine.length === 0) {
      return refused('no signature matches; the body was changed on its way, or the secrets differ');
    }
    return { verified: true, id };
  },

  sign({ id, body, secret, now }) {
    requireSecrets('standardWebhooks', [secret]);
    if (id.includes('.')) {
      throw new CloudError('InvalidInput', `webhook standardWebhooks: the id "${id}" must not contain a "."`);
    }
    const timestamp = String(Math.floor(now.getTime() / 1000));
    const content = signedContent(id, timestamp, body);
    return { [ID]: id, [TIMESTAMP]: timestamp, [SIGNATURE]: signatureWith(secret, content) };
  },
};

function signedContent(id: string, timestamp: string, body: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
}

type VerificationKey = (signature: string, content: Uint8Array) => boolean;

function verificationKey(secret: string, index: number, secrets: readonly string[]): VerificationKey {
  const place = `secret ${index + 1} of ${secrets.length}`;
  if (secret.startsWith('whsec_')) {
    const key = keyBytes(secret, place);
    return (signature, content) => equalInConstantTime(signature, symmetricSignature(key, content));
  }
  if (secret.startsWith('whpk_')) {
    const key = publicKey(keyBytes(secret, place), place);
    return (signature, content) => {
      const bytes = signature.startsWith('v1a,') && base64(signature.slice('v1a,'.length));
      return Boolean(bytes) && verify(null, content, key, bytes as Uint8Array);
    };
  }
  throw unreadable(place, 'it starts with neither "whsec_" (HMAC-SHA256) nor "whpk_" (ed25519 public key)');
}

function signatureWith(secret: string, content: Uint8Array): string {
  const place = 'the signing secret';
  if (secret.startsWith('whsec_')) return symmetricSignature(keyBytes(secret, place), content);
  if (secret.startsWith('whsk_')) {
    const key = privateKey(keyBytes(secret, place), place);
    return `v1a,${sign(null, content, key).toString('base64')}`;
  }
  throw unreadable(place, 'it starts with neither "whsec_" (HMAC-SHA256) nor "whsk_" (ed25519 secret key)');
}

function symmetricSignature(key: Uint8Array, content: Uint8Array): string {
  return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
}

function keyBytes(secret: string, place: string): Uint8Array {
  const bytes = base64(secret.slice(secret.indexOf('_') + 1));
  if (!bytes || bytes.length === 0) throw unreadable(place, 'what follows its prefix is not base64');
  return bytes;
}

// RFC 8410 (ed25519 keys in SPKI and PKCS #8): a fixed head and then the 32 bytes of the key.
const SPKI_HEAD = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');

function publicKey(bytes: Uint8Array, place: string): KeyObject {
  if (bytes.length !== 32)
    throw unreadable(place, `an ed25519 public key has 32 bytes and this one has ${bytes.length}`);
  return createPublicKey({ key: Buffer.concat([SPKI_HEAD, bytes]), format: 'der', type: 'spki' });
}

// The seed alone, or, as NaCl and its descendants write a secret key, the seed and then the public key.
function privateKey(bytes: Uint8Array, place: string): KeyObject {
  if (bytes.length !== 32 && bytes.length !== 64) {
    throw unreadable(place, `an ed25519 secret key has 32 or 64 bytes and this one has ${bytes.length}`);
  }
  return createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, bytes.subarray(0, 32)]), format: 'der', type: 'pkcs8' });
}

// Node's decoder skips what it cannot read and ignores the spare bits of the last digit; only the one canonical form passes here.
function base64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64').replace(/=+$/, '') === text.replace(/={1,2}$/, '') ? bytes : undefined;
}

function unreadable(place: string, why: string): CloudError {
  return new CloudError('InvalidInput', `webhook standardWebhooks: ${place} cannot be used: ${why}; correct its value`);
}
