import type { StorageClass } from '../../../types/storage.ts';
import type { Checksum, ContentHeaders, ObjectEncryption } from '../port.ts';
import type { Row } from './storeIndex.ts';

/** What an object is given besides its content. */
export interface Given {
  storageClass: StorageClass;
  metadata: Record<string, string>;
  headers: ContentHeaders;
  tags: Record<string, string>;
  encryption: ObjectEncryption;
}

/** What is kept of a version besides what the index asks for. */
export interface About extends Given {
  checksum?: Checksum;
  /** Of an object that was uploaded in parts. */
  parts?: true;
}

/** A version of an object, or a delete marker, as the index has it. */
export interface VersionRow {
  seq: number;
  key: string;
  versionId: string;
  latest: boolean;
  marker: boolean;
  size: number;
  etag: string;
  modified: number;
  /** Since when another version has been the latest. */
  noncurrent?: number;
  content?: string;
  about: About;
  /** When a copy of an archived object can be read, and until when. */
  restore?: { ready: number; expires: number };
}

/** A key as it lies in the index. */
export const bytes = (key: string): Buffer => Buffer.from(key);

/** The key of a row. */
export const keyOf = (row: Row): string => Buffer.from(row.key as Uint8Array).toString();

const SEQ_DIGITS = 12;

/** Where a version id stands in the order of all versions; what it names may be gone. */
export function seqOf(versionId: string): number | undefined {
  const digits = versionId.slice(0, SEQ_DIGITS);
  return /^[0-9a-f]{12}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

/** An id that stands where the version does, also for a null version. */
export const placeOf = (row: VersionRow): string => row.seq.toString(16).padStart(SEQ_DIGITS, '0');

/** A row of the table of versions. */
export function rowOf(row: Row | undefined): VersionRow | undefined {
  if (!row) return undefined;
  const { seq, version, latest, marker, size, etag, modified, noncurrent, content, about } = row;
  const { restore_ready: ready, restore_expires: expires } = row;
  return {
    seq: Number(seq),
    key: keyOf(row),
    versionId: version === 'null' ? 'null' : Number(seq).toString(16).padStart(SEQ_DIGITS, '0') + String(version),
    latest: latest === 1,
    marker: marker === 1,
    size: Number(size),
    etag: String(etag),
    modified: Number(modified),
    ...(noncurrent !== null && { noncurrent: Number(noncurrent) }),
    ...(content !== null && { content: String(content) }),
    about: JSON.parse(String(about)),
    ...(ready !== null && { restore: { ready: Number(ready), expires: Number(expires) } }),
  };
}
