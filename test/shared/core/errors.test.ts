import { describe, expect, test } from '@jest/globals';
import { CloudError } from '../../../shared/core/errors.ts';

describe('a CloudError', () => {
  const cause = new Error('disk');
  const error = new CloudError('StorageError.BucketNotFound', 'there is no bucket "models"', {
    details: { bucket: 'models' },
    retry: 'backoff',
    cause,
  });

  test('has its code as its name, so that a workflow can match it', () => {
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe('StorageError.BucketNotFound');
    expect(error.cause).toBe(cause);
    expect(String(error)).toBe('StorageError.BucketNotFound: there is no bucket "models"');
  });

  test('has no details, no cause and no retry unless it is told', () => {
    const plain = new CloudError('Internal', 'broken');
    expect(plain).toMatchObject({ details: {}, retry: 'never' });
    expect('cause' in plain).toBe(false);
  });

  test('crosses a wire without its stack and its cause', () => {
    const json = JSON.parse(JSON.stringify(error));
    expect(json).toEqual({
      code: 'StorageError.BucketNotFound',
      message: 'there is no bucket "models"',
      details: { bucket: 'models' },
      retry: 'backoff',
    });
    const back = CloudError.fromJSON(json);
    expect(back).toBeInstanceOf(CloudError);
    expect(back.toJSON()).toEqual(json);
    expect(CloudError.fromJSON({ code: 'Internal', message: 'broken' })).toMatchObject({ details: {}, retry: 'never' });
  });

  test('is made from anything that was thrown, and stays itself', () => {
    expect(CloudError.from(error)).toBe(error);
    expect(CloudError.from(cause)).toMatchObject({ code: 'Internal', message: 'disk', cause, retry: 'never' });
    expect(CloudError.from('a text')).toMatchObject({ code: 'Internal', message: 'a text', cause: 'a text' });
    expect(CloudError.from(undefined)).toMatchObject({ code: 'Internal', message: 'undefined' });
  });
});
