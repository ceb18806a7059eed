export {
  ALGORITHM,
  amzDate,
  type CredentialScope,
  canonicalRequest,
  parseAmzDate,
  type SignableRequest,
  type SigningKey,
  sameText,
  signingKey,
  stringToSign,
  UNSIGNED_PAYLOAD,
} from './canonicalRequest.ts';
export { ChunkDecoder, ChunkSignatures, type StreamingPayload } from './chunks.ts';
export { parseQuery, uriDecode, uriEncode, uriEncodePath } from './encoding.ts';
export { signForm, verifyForm } from './postForm.ts';
export {
  checkContentLength,
  checkPostPolicy,
  contentLengthRange,
  type PostPolicy,
  parsePostPolicy,
} from './postPolicy.ts';
export { SignatureRefusal } from './refusal.ts';
export { presign, type SignOptions, signHeaders } from './sign.ts';
export {
  LARGEST_SKEW,
  LONGEST_EXPIRY,
  mismatch,
  parseHttpDate,
  tooSkewed,
  unknownKey,
  type Verified,
  type VerifyOptions,
  verifyHeader,
  verifyQuery,
} from './verify.ts';
