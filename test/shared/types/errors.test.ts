import { describe, expect, test } from '@jest/globals';
import { Duration } from '../../../shared/core/duration.ts';
import { CloudError } from '../../../shared/core/errors.ts';
import { decode } from '../../../shared/core/validation.ts';
import {
  COMMON_ERRORS,
  cloudError,
  ERROR_CODES,
  ERROR_FAMILIES,
  type ErrorCode,
  isErrorCode,
} from '../../../shared/types/errors.ts';
import { kindsOf } from '../../../shared/types/variants.ts';

describe('cloudError', () => {
  test('gives an error whose name is its code and whose details are JSON', () => {
    const error = cloudError('DeploymentError.Timeout', 'deployment "api": not healthy after 5 minutes', {
      operation: 'deploy',
      duration: Duration.minutes(5),
    });
    expect(error).toBeInstanceOf(CloudError);
    expect(error.name).toBe('DeploymentError.Timeout');
    expect(error.details).toEqual({ operation: 'deploy', duration: 'PT5M' });
  });

  test('takes the retry class from the table', () => {
    const details = { service: 's3', reason: 'no answer' };
    expect(cloudError('Unavailable', 'no answer from s3', details).retry).toBe('backoff');
    expect(cloudError('StorageError.BucketNotFound', 'no bucket "b"', { bucket: 'b' }).retry).toBe('never');
  });

  test('keeps the cause, which does not cross a wire', () => {
    const cause = new Error('socket hang up');
    const error = cloudError('StorageError.BucketNotFound', 'no bucket "b"', { bucket: 'b' }, cause);
    expect(error.cause).toBe(cause);
    expect(JSON.stringify(error)).not.toContain('socket');
  });

  test('reports the error even when its details have the wrong form', () => {
    const error = cloudError('StorageError.BucketNotFound', 'no bucket', { bucket: 7 } as never);
    expect(error).toMatchObject({ code: 'StorageError.BucketNotFound', message: 'no bucket', details: { bucket: 7 } });
  });

  test('asks for the details of its code when it is compiled', () => {
    // @ts-expect-error: an object that was not found has a key as well
    const withoutKey = () => cloudError('StorageError.ObjectNotFound', 'no object', { bucket: 'b' });
    // @ts-expect-error: there is no such code
    const withoutCode = () => cloudError('StorageError.BucketLost', 'no bucket', { bucket: 'b' });
    expect(withoutKey().details).toEqual({ bucket: 'b' });
    expect(withoutCode).toThrow();
  });
});

describe('the table of codes', () => {
  test('has each variant of each family and each common code, and no other', () => {
    const families = Object.entries(ERROR_FAMILIES);
    const variants = families.flatMap(([family, union]) => kindsOf(union).map((kind) => `${family}.${kind}`));
    expect(Object.keys(ERROR_CODES).sort()).toEqual([...variants, ...Object.keys(COMMON_ERRORS)].sort());
  });

  test('has no family or variant by a name that every object has', () => {
    expect(isErrorCode('toString')).toBe(false);
    expect(isErrorCode('StorageError.BucketNotFound')).toBe(true);
  });

  test.each<ErrorCode>(['Throttled', 'Conflict', 'Unavailable'])('%s may be tried again after waiting', (code) => {
    expect(ERROR_CODES[code].retry).toBe('backoff');
  });

  test.each<ErrorCode>([
    'InvalidInput',
    'NotFound',
    'Unauthorized',
    'Unimplemented',
    'Internal',
    'DeploymentError.Conflict',
  ])('%s is never tried again', (code) => {
    expect(ERROR_CODES[code].retry).toBe('never');
  });

  test('describes the details that validation gives', () => {
    const thrown = () => decode(ERROR_CODES['StorageError.BucketNotFound'].details, { bucket: 7 }, 'details');
    const error = errorOf(thrown);
    expect(ERROR_CODES.InvalidInput.details.safeDecode(error.details).success).toBe(true);
  });
});

function errorOf(action: () => unknown): CloudError {
  try {
    action();
  } catch (error) {
    return CloudError.from(error);
  }
  throw new Error('nothing was thrown');
}
