import { createHmac } from 'node:crypto';
import {
  ALGORITHM,
  amzDate,
  type CredentialScope,
  type SigningKey,
  sameText,
  scopeText,
  signatureOf,
  signingKey,
} from './canonicalRequest.ts';
import { SignatureRefusal } from './refusal.ts';
import { mismatch, parseCredential, unknownKey, type VerifyOptions } from './verify.ts';

/** The fields that sign a form, its policy among them; `conditions` in the form of the policy document. */
export function signForm(
  conditions: unknown[],
  { key, region, time, expiresAt }: { key: SigningKey; region: string; time: Date; expiresAt: Date },
): Record<string, string> {
  const date = amzDate(time);
  const scope: CredentialScope = { date: date.slice(0, 8), region, service: 's3' };
  const signing = {
    'x-amz-algorithm': ALGORITHM,
    'x-amz-credential': `${key.accessKeyId}/${scopeText(scope)}`,
    'x-amz-date': date,
  };
  const document = {
    expiration: expiresAt.toISOString(),
    conditions: [...conditions, ...Object.entries(signing).map(([name, value]) => ({ [name]: value }))],
  };
  const policy = Buffer.from(JSON.stringify(document)).toString('base64');
  return { ...signing, policy, 'x-amz-signature': signatureOf(signingKey(key.secretAccessKey, scope), policy) };
}

/** Who signed a form, by Signature Version 4 or 2; undefined for one that is not signed; `fields` by lower-case name. */
export function verifyForm(
  fields: Readonly<Record<string, string>>,
  { secretOf }: Pick<VerifyOptions, 'secretOf'>,
): string | undefined {
  if (fields['x-amz-signature'] !== undefined || fields['x-amz-credential'] !== undefined)
    return verify4(fields, secretOf);
  if (fields.signature !== undefined || fields.awsaccesskeyid !== undefined) return verify2(fields, secretOf);
  if (fields.policy !== undefined) throw missing('signature');
  return undefined;
}

function verify4(fields: Readonly<Record<string, string>>, secretOf: VerifyOptions['secretOf']): string {
  const policy = required(fields, 'policy');
  const signature = required(fields, 'x-amz-signature');
  required(fields, 'x-amz-date');
  if (required(fields, 'x-amz-algorithm') !== ALGORITHM) {
    throw new SignatureRefusal('InvalidArgument', `x-amz-algorithm only supports "${ALGORITHM}"`);
  }
  const credential = required(fields, 'x-amz-credential');
  const { accessKeyId, scope } = parseCredential(credential, 'AuthorizationQueryParametersError', 's3');
  const secret = secretOf(accessKeyId);
  if (secret === undefined) throw unknownKey(accessKeyId);
  if (!sameText(signatureOf(signingKey(secret, scope), policy), signature)) {
    throw mismatch(accessKeyId, signature, { StringToSign: policy });
  }
  return accessKeyId;
}

function verify2(fields: Readonly<Record<string, string>>, secretOf: VerifyOptions['secretOf']): string {
  const policy = required(fields, 'policy');
  const signature = required(fields, 'signature');
  const accessKeyId = required(fields, 'awsaccesskeyid');
  const secret = secretOf(accessKeyId);
  if (secret === undefined) throw unknownKey(accessKeyId);
  const expected = createHmac('sha1', secret).update(policy).digest('base64');
  if (!sameText(expected, signature)) throw mismatch(accessKeyId, signature, { StringToSign: policy });
  return accessKeyId;
}

function required(fields: Readonly<Record<string, string>>, name: string): string {
  const value = fields[name];
  if (value === undefined) throw missing(name);
  return value;
}

function missing(name: string): SignatureRefusal {
  return new SignatureRefusal(
    'InvalidArgument',
    `Bucket POST must contain a field named '${FORM_NAMES[name] ?? name}'.  If it is specified, please check the order of the fields.`,
    {
      ArgumentName: FORM_NAMES[name] ?? name,
      ArgumentValue: '',
    },
  );
}

const FORM_NAMES: Record<string, string> = { awsaccesskeyid: 'AWSAccessKeyId' };
