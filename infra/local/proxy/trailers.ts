/** Fields that would change how the message is read, routed or framed (RFC 9110 section 6.5.1). */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'set-cookie',
  'te',
  'traceparent',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-request-id',
]);

/** The trailer fields that may be passed on; names and values by turns. */
export function passableTrailers(fields: string[]): string[] {
  return fields.filter((_, index) => !FORBIDDEN.has(fields[index - (index % 2)]!.toLowerCase()));
}
