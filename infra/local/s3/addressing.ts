import { uriDecode } from '../../../shared/semantics/sigv4/index.ts';
import { S3Error } from './errors.ts';

/** What a request is about: nothing (the list of buckets), a bucket, or an object. */
export interface Address {
  /** The path as it is signed: decoded, nothing removed. */
  path: string;
  query: string;
  bucket?: string;
  key?: string;
  /** The bucket again where it stands in the host's name. */
  hostBucket?: string;
}

/** Reads the target of a request: `/bucket/key`, or `/key` on `bucket.<domain>`. Keys are taken as they are, with empty and dot segments. */
export function addressOf(target: string, host: string, domains: readonly string[]): Address {
  const relative = target.replace(/^https?:\/\/[^/?]*/i, '') || '/';
  const at = relative.indexOf('?');
  const rawPath = at < 0 ? relative : relative.slice(0, at);
  const query = at < 0 ? '' : relative.slice(at + 1);
  const path = rawPath.startsWith('/') ? uriDecode(rawPath) : undefined;
  if (path === undefined) throw new S3Error('InvalidURI', { details: { URI: rawPath } });
  const hostBucket = bucketOf(host, domains);
  if (hostBucket !== undefined) {
    return { path, query, bucket: hostBucket, hostBucket, ...(path.length > 1 && { key: path.slice(1) }) };
  }
  const [, bucket, key] = /^\/([^/]*)(?:\/(.*))?$/s.exec(path)!;
  return { path, query, ...(bucket && { bucket }), ...(bucket && key && { key }) };
}

/** The bucket in a host's name, where it stands before one of the domains. */
function bucketOf(host: string, domains: readonly string[]): string | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  const domain = domains.find((candidate) => name.endsWith(`.${candidate}`));
  return domain === undefined ? undefined : name.slice(0, -domain.length - 1);
}

/** Whether a bucket may be made under a name: S3's rules for general purpose buckets. */
export function isBucketName(name: string): boolean {
  return (
    name.length >= 3 &&
    name.length <= 63 &&
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(name) &&
    !/^\d+\.\d+\.\d+\.\d+$/.test(name) &&
    !/^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/.test(name)
  );
}
