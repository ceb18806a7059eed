import type { CloudError } from '../../shared/core/errors.ts';
import type { ByteRange } from '../../shared/drivers/storage/port.ts';
import { cloudError } from '../../shared/types/errors.ts';

interface Transfer {
  bucket: string;
  key: string;
  uploadId?: string;
}

/** Makes a presigned request; where nobody answers, that is said. */
export async function transfer(url: string, init: RequestInit, doing: 'upload' | 'download'): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (error) {
    const reason = (error as Error & { cause?: Error }).cause?.message ?? (error as Error).message;
    throw failed(doing, `the endpoint at ${new URL(url).origin} does not answer (${reason})`, error);
  }
}

/** Why a presigned request was refused, from the answer's XML as S3 writes it. */
export async function refusalOf(
  answer: Response,
  doing: 'upload' | 'download',
  { bucket, key, uploadId = '' }: Transfer,
): Promise<CloudError> {
  const text = (await answer.text()).slice(0, 4096);
  const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1] ?? `status ${answer.status}`;
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? '';
  const say = `object "${key}": ${code}${message && `: ${message}`}`;
  switch (code) {
    case 'NoSuchBucket':
      return cloudError('StorageError.BucketNotFound', say, { bucket });
    case 'NoSuchKey':
      return cloudError('StorageError.ObjectNotFound', say, { bucket, key });
    case 'NoSuchUpload':
      return cloudError('StorageError.UploadNotFound', say, { uploadId });
    case 'InvalidRange':
      return cloudError('StorageError.InvalidRange', say, {
        range: answer.headers.get('content-range') ?? '',
        size: 0,
      });
    case 'InvalidObjectState':
      return cloudError('StorageError.InvalidObjectState', say, { key, storageClass: '' });
    default:
      if (answer.status === 403) return cloudError('StorageError.AccessDenied', say, { operation: doing });
      return failed(doing, say);
  }
}

/** The header that asks for a range (RFC 9110, section 14.2). */
export function rangeHeader(range: ByteRange | undefined): Record<string, string> {
  if (!range) return {};
  return { range: `bytes=${range.start === undefined ? '' : range.start}-${range.end ?? ''}` };
}

/** What of the object an answer holds. */
export function rangeOf(answer: Response): { start: number; end: number } | undefined {
  const match = /^bytes (\d+)-(\d+)\//.exec(answer.headers.get('content-range') ?? '');
  return match ? { start: Number(match[1]), end: Number(match[2]) } : undefined;
}

/** The body of an answer as it arrives; one that breaks off is an error. */
export async function* contentOf(answer: Response, key: string): AsyncGenerator<Uint8Array> {
  try {
    if (answer.body) yield* answer.body;
  } catch (error) {
    throw failed('download', `object "${key}": the connection broke off; ask again`, error);
  }
}

function failed(doing: 'upload' | 'download', reason: string, cause?: unknown): CloudError {
  const code = doing === 'upload' ? 'StorageError.UploadFailed' : 'StorageError.DownloadFailed';
  return cloudError(code, reason, { reason }, cause);
}
