import { z } from 'zod';
import { Duration } from './duration.ts';

/** A point in time: `Date` in memory, RFC 3339 text in JSON. */
export const Timestamp = z.codec(z.iso.datetime({ offset: true }), z.date(), {
  decode: (text) => new Date(text),
  encode: (date) => date.toISOString(),
});

/** A length of time: `Duration` in memory, an ISO 8601 duration (`PT5M`) in JSON. */
export const DurationCodec = z.codec(
  z.string(),
  z.custom<Duration>((value) => value instanceof Duration, 'Duration expected, such as Duration.minutes(5)'),
  {
    decode: (text, context) => {
      try {
        return Duration.parse(text);
      } catch (error) {
        context.issues.push({ code: 'custom', input: text, message: (error as Error).message });
        return z.NEVER;
      }
    },
    encode: (duration) => duration.toString(),
  },
);

/** Bytes: `Uint8Array` in memory, base64 text in JSON. */
export const Bytes = z.codec(z.base64(), z.instanceof(Uint8Array<ArrayBuffer>), {
  decode: (text) => new Uint8Array(Buffer.from(text, 'base64')),
  encode: (bytes) => Buffer.from(bytes).toString('base64'),
});

/** A 32-bit signed integer. */
export const Int32 = z.int32();

/** A 64-bit integer, kept as a number and therefore refused outside of ±(2^53 − 1). */
export const Int64 = z.int();

/** A count: an integer of zero or more. */
export const Count = z.int().nonnegative();

/** A text with at least one character. */
export const NonEmpty = z.string().min(1);

/** Any JSON value. */
export const Json = z.json();
export type Json = z.infer<typeof Json>;
