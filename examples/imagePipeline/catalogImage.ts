import { z } from 'zod';
// In a project of yours: from 'cloudlib'.
import { CloudError, operation } from '../../index.ts';
import { imageSizeOf } from './imageSize.ts';

/** So much of a file holds its size, also behind the preview that a camera writes; it is what fits into an answer. */
const HEAD = 128 * 1024;

/** Reads the beginning of an uploaded image and notes its format and size in the table `images`. */
export const catalogImage = operation({
  name: 'app.catalogImage',
  summary: 'Note the format and the size of an uploaded image',
  input: z.strictObject({ bucket: z.string(), key: z.string(), size: z.number(), etag: z.string() }),
  output: z.strictObject({ format: z.string(), width: z.number(), height: z.number() }),
  errors: ['InvalidInput'],
  idempotency: 'natural',
  example: { bucket: 'uploads', key: 'photos/cat.png', size: 67, etag: 'd41d8cd98f00b204e9800998ecf8427e' },
  async run({ bucket, key, size, etag }, { invoke }) {
    const range = { start: 0, end: HEAD - 1 };
    const { data } = await invoke('storage.getObject', { bucket, key, ...(size > 0 && { range }) });
    const image = imageSizeOf(Buffer.from(data, 'base64'));
    if (!image) throw new CloudError('InvalidInput', `storage://${bucket}/${key} is no PNG, JPEG or GIF`);
    await invoke('nosql.putItem', { table: 'images', item: { key, bytes: size, etag, ...image } });
    console.log(`${key}: ${image.width} × ${image.height} ${image.format}`);
    return image;
  },
});
