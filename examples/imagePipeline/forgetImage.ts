import { z } from 'zod';
// In a project of yours: from 'cloudlib'.
import { operation } from '../../index.ts';

/** Removes what was noted of an image that was deleted. */
export const forgetImage = operation({
  name: 'app.forgetImage',
  summary: 'Forget an image that was deleted',
  input: z.strictObject({ key: z.string() }),
  output: z.strictObject({}),
  errors: [],
  idempotency: 'natural',
  example: { key: 'photos/cat.png' },
  async run({ key }, { invoke }) {
    await invoke('nosql.deleteItem', { table: 'images', key: { key } });
    return {};
  },
});
