import { createHash } from 'node:crypto';
import type { CustomerKey, ObjectEncryption, PutOptions } from '../../../shared/drivers/storage/port.ts';
import { invalidArgument, S3Error } from './errors.ts';

const PREFIX = 'x-amz-server-side-encryption';
const COPY_SOURCE_PREFIX = 'x-amz-copy-source-server-side-encryption';

/** The key that a request with aws:kms and no key of its own is encrypted with. */
const DEFAULT_KEY = 'alias/aws/s3';

/** How a request wants an object encrypted; undefined leaves it to the bucket. */
export function statedEncryption(headers: Record<string, string>): PutOptions['encryption'] {
  const algorithm = headers[PREFIX];
  const keyId = headers[`${PREFIX}-aws-kms-key-id`];
  const customerKey = statedCustomerKey(headers);
  if (customerKey) {
    if (algorithm !== undefined) {
      throw invalidArgument(
        'Server Side Encryption with Customer provided key is incompatible with the encryption method specified',
        PREFIX,
        algorithm,
      );
    }
    return { type: 'CustomerProvidedKey', ...customerKey };
  }
  if (keyId !== undefined && !isKms(algorithm)) {
    throw invalidArgument(
      'Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms',
      PREFIX,
      algorithm,
    );
  }
  if (algorithm === undefined) return undefined;
  if (algorithm === 'AES256') return { type: 'ServerSideEncryption' };
  if (!isKms(algorithm)) throw invalidArgument('The encryption method specified is not supported', PREFIX, algorithm);
  return { type: 'CustomerManagedKey', keyId: keyId || DEFAULT_KEY };
}

const isKms = (algorithm: string | undefined): boolean => algorithm === 'aws:kms' || algorithm === 'aws:kms:dsse';

/** Refuses headers that only writes may carry. */
export function refuseEncryptionHeaders(headers: Record<string, string>): void {
  if (headers[PREFIX] !== undefined) {
    throw invalidArgument(`${PREFIX} header is not supported for this operation.`, PREFIX, headers[PREFIX]);
  }
}

/** The key that a request brings for the object itself. */
export const statedCustomerKey = (headers: Record<string, string>): CustomerKey | undefined =>
  customerKeyOf(headers, PREFIX);

/** The key that a request brings for the object that it copies. */
export const statedSourceKey = (headers: Record<string, string>): CustomerKey | undefined =>
  customerKeyOf(headers, COPY_SOURCE_PREFIX);

function customerKeyOf(headers: Record<string, string>, prefix: string): CustomerKey | undefined {
  const [name, keyName, md5Name] = ['algorithm', 'key', 'key-md5'].map((part) => `${prefix}-customer-${part}`) as [
    string,
    string,
    string,
  ];
  const [algorithm, text, md5] = [headers[name], headers[keyName], headers[md5Name]];
  if (algorithm === undefined && text === undefined && md5 === undefined) return undefined;
  if (algorithm === undefined) {
    throw invalidArgument(
      'Requests specifying Server Side Encryption with Customer provided keys must provide a valid encryption algorithm.',
      name,
    );
  }
  if (algorithm !== 'AES256')
    throw new S3Error('InvalidEncryptionAlgorithmError', { details: { ArgumentName: name, ArgumentValue: algorithm } });
  if (!text) {
    throw invalidArgument(
      'Requests specifying Server Side Encryption with Customer provided keys must provide an appropriate secret key.',
      keyName,
    );
  }
  const key = Buffer.from(text, 'base64');
  if (key.length !== 32) throw invalidArgument('The secret key was invalid for the specified algorithm.', keyName);
  if (md5 === undefined) {
    throw invalidArgument(
      'Requests specifying Server Side Encryption with Customer provided keys must provide the client calculated MD5 of the secret key.',
      md5Name,
    );
  }
  if (createHash('md5').update(key).digest('base64') !== md5) {
    throw invalidArgument('The calculated MD5 hash of the key did not match the hash that was provided.', md5Name);
  }
  return { key };
}

/** Refuses to read an object with other means than it was written with; a wrong key is the store's to find. */
export function checkCustomerKey(encryption: ObjectEncryption | undefined, key: CustomerKey | undefined): void {
  const needsKey = encryption?.type === 'CustomerProvidedKey';
  if (needsKey && !key) {
    throw new S3Error('InvalidRequest', {
      message:
        'The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.',
    });
  }
  if (!needsKey && key)
    throw new S3Error('InvalidRequest', { message: 'The encryption parameters are not applicable to this object.' });
  if (needsKey && encryption.keyMd5 !== undefined && encryption.keyMd5 !== md5Of(key!))
    throw new S3Error('AccessDenied');
}

const md5Of = ({ key }: CustomerKey): string => createHash('md5').update(key).digest('base64');

/** Headers that tell how an object is encrypted. */
export function encryptionHeaders(encryption: ObjectEncryption | undefined): Record<string, string | undefined> {
  switch (encryption?.type) {
    case 'ServerSideEncryption':
      return { [PREFIX]: 'AES256' };
    case 'CustomerManagedKey':
      return { [PREFIX]: 'aws:kms', [`${PREFIX}-aws-kms-key-id`]: encryption.keyId };
    case 'CustomerProvidedKey':
      return { [`${PREFIX}-customer-algorithm`]: 'AES256', [`${PREFIX}-customer-key-md5`]: encryption.keyMd5 };
    default:
      return {};
  }
}
