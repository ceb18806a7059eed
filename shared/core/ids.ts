import { monotonicFactory } from 'ulid';

const next = monotonicFactory();

/** A new unique id that sorts by the time it was made (a ULID, 26 characters). */
export const newId = (): string => next();
