import { z } from 'zod';
import { DurationCodec } from '../core/codecs.ts';
import { Duration } from '../core/duration.ts';

/** A percentage from 0 to 100. */
export const Percent = z.number().min(0).max(100);

/** A part of a whole, from 0 to 1. */
export const Fraction = z.number().min(0).max(1);

/** A TCP or UDP port that can be listened on, from 1 to 65535. */
export const Port = z.int().min(1).max(65_535);

/** A length of time greater than zero. */
export const PositiveDuration = DurationCodec.refine(
  (duration) => !(duration instanceof Duration) || duration.milliseconds > 0,
  'a length of time greater than 0 expected, such as PT10S',
);

/** The methods of HTTP (RFC 9110, RFC 5789). */
export const HttpMethod = z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
export type HttpMethod = z.infer<typeof HttpMethod>;

/** The path of an HTTP request, with its query if it has one. */
export const HttpPath = z
  .string()
  .regex(/^\/[^\s#]*$/, 'a path that starts with "/" and has no spaces expected, such as "/health"');

/** An absolute http or https address. */
export const HttpUrl = z.url({
  protocol: /^https?$/,
  error: 'an absolute http or https address expected, such as "https://example.com/model.onnx"',
});

/** The name of an environment variable, as POSIX shells accept it. */
export const EnvironmentVariableName = z
  .string()
  .regex(
    /^[A-Za-z_][A-Za-z0-9_]*$/,
    'a variable name of letters, digits and "_" expected that does not start with a digit',
  );

/** Environment variables by name. */
export const EnvironmentVariables = z.record(EnvironmentVariableName, z.string(), {
  error: (issue) =>
    issue.code === 'invalid_key'
      ? 'a variable name of letters, digits and "_" expected that does not start with a digit'
      : undefined,
});

/** Free text by key: tags, labels, dimensions, metadata. */
export const TextMap = z.record(z.string(), z.string());

/** The SHA-256 of some bytes, as `sha256:` and 64 hexadecimal digits. */
export const Checksum = z
  .string()
  .regex(/^sha256:[0-9a-f]{64}$/, '"sha256:" and 64 lower-case hexadecimal digits expected');

/** A name that clouds accept in a host name: 1 to 63 lower-case letters, digits and hyphens, a letter first and no hyphen last (RFC 1035). */
export const HostLabel = z
  .string()
  .regex(
    /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    '1 to 63 lower-case letters, digits and hyphens expected, a letter first and no hyphen last (it becomes part of a host name)',
  );

/** A path inside a container or a replica's file system. */
export const AbsolutePath = z
  .string()
  .regex(
    /^\/(?!(?:.*\/)?\.\.(?:\/|$))[^\0]*$/,
    'a path that starts with "/" and has no ".." segment expected, such as "/data"',
  );
