import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type SnsMessage, stringToSign } from '../../../../shared/semantics/webhooks/index.ts';

/** DER: a tag, a length and the content. */
function der(tag: number, ...parts: Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  if (length < 128) return Buffer.concat([Buffer.from([tag, length]), content]);
  return Buffer.concat([Buffer.from([tag, 0x82, length >> 8, length & 255]), content]);
}

const sequence = (...parts: Uint8Array[]): Buffer => der(0x30, ...parts);
const SHA256_WITH_RSA = Buffer.from('06092a864886f70d01010b', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');

/** A certificate of an RSA key, signed by itself: X.509 v3 (RFC 5280) with nothing more than it must have. */
export function certificateOf(keys: { privateKey: KeyObject; publicKey: KeyObject }, from: Date, to: Date): string {
  const algorithm = sequence(SHA256_WITH_RSA, der(0x05));
  const name = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from('sns.test')))));
  const time = (date: Date): Buffer => der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]|\.\d+/g, '')}`));
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    algorithm,
    name,
    sequence(time(from), time(to)),
    name,
    keys.publicKey.export({ type: 'spki', format: 'der' }),
  );
  const whole = sequence(content, algorithm, der(0x03, Buffer.from([0]), sign('sha256', content, keys.privateKey)));
  return `-----BEGIN CERTIFICATE-----\n${whole.toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

export const rsaKeys = (): { privateKey: KeyObject; publicKey: KeyObject } =>
  generateKeyPairSync('rsa', { modulusLength: 2048 });

/** The message with the signature of a key. */
export function signedMessage(message: Omit<SnsMessage, 'Signature'>, key: KeyObject): SnsMessage {
  const whole = { ...message, Signature: '' };
  const digest = message.SignatureVersion === '1' ? 'sha1' : 'sha256';
  return { ...whole, Signature: sign(digest, Buffer.from(stringToSign(whole)), key).toString('base64') };
}
