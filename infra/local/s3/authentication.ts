import { verifyHeader2, verifyQuery2 } from '../../../shared/semantics/sigv2/index.ts';
import {
  ALGORITHM,
  type SignableRequest,
  SignatureRefusal,
  type Verified,
  type VerifyOptions,
  verifyHeader,
  verifyQuery,
} from '../../../shared/semantics/sigv4/index.ts';
import { invalidArgument } from './errors.ts';
import type { Authentication } from './request.ts';

/** Who makes a request, and how it says so; undefined for anyone. */
export interface Identity {
  authentication: Authentication;
  accessKeyId?: string;
  verified?: Verified;
}

/** Finds out who makes a request, or throws why it is refused. */
export function identify(request: SignableRequest & { hostBucket?: string }, options: VerifyOptions): Identity {
  const { authorization } = request.headers;
  // A browser asks before it makes a signed request, and the question itself is not signed.
  if (request.method === 'OPTIONS') return { authentication: 'anonymous' };
  const names = new Set(request.query.map(([name]) => name));
  const presigned4 = names.has('X-Amz-Algorithm') || names.has('X-Amz-Signature') || names.has('X-Amz-Credential');
  const presigned2 = names.has('Signature') || names.has('AWSAccessKeyId');
  if ([Boolean(authorization), presigned4, presigned2].filter(Boolean).length > 1) {
    throw invalidArgument(
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
      'Authorization',
      authorization?.split(' ')[0] ?? '',
    );
  }
  if (presigned4) {
    const verified = verifyQuery(request, options);
    return { authentication: 'REST-QUERY-STRING', accessKeyId: verified.accessKeyId, verified };
  }
  if (presigned2) return { authentication: 'REST-QUERY-STRING', accessKeyId: verifyQuery2(request, options) };
  if (!authorization) return emptyHeader(authorization);
  if (authorization.startsWith(ALGORITHM)) {
    const verified = verifyHeader(request, options);
    return { authentication: 'REST-HEADER', accessKeyId: verified.accessKeyId, verified };
  }
  if (/^AWS( |$)/.test(authorization))
    return { authentication: 'REST-HEADER', accessKeyId: verifyHeader2(request, options) };
  throw invalidArgument('Unsupported Authorization Type', 'Authorization', authorization.split(' ')[0]);
}

/** A header that is there and says nothing is not the same as none. */
function emptyHeader(authorization: string | undefined): Identity {
  if (authorization === undefined) return { authentication: 'anonymous' };
  throw new SignatureRefusal('AccessDenied', 'Access Denied');
}
