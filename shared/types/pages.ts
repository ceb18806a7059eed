import { z } from 'zod';
import { NonEmpty } from '../core/codecs.ts';

/** Ours: one page of a list, with the token that asks for the next one when there is more. */
export function page<T extends z.ZodType>(item: T) {
  return z.strictObject({ items: z.array(item), nextPageToken: NonEmpty.optional() });
}

/** Ours: one page of a list, in memory. */
export interface Page<T> {
  items: T[];
  nextPageToken?: string | undefined;
}
