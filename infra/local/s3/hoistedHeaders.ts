/**
 * The headers that a presigned request carries in its query: SDKs put those that S3 reads there, so that whoever has the URL need not send
 * them. Checksums are not among them: when the URL is made there is no content yet, and what some SDKs put there is the one of nothing.
 */
export function hoistedHeaders(query: readonly (readonly [string, string])[]): Record<string, string> {
  return Object.fromEntries(query.filter(([name]) => /^x-amz-(?!checksum-(?!mode)|sdk-|security-token)/.test(name)));
}
