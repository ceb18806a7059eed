import { z } from 'zod';
import { DurationCodec, NonEmpty } from '../core/codecs.ts';
import { HttpMethod } from './scalars.ts';

const Origin = z
  .string()
  .regex(/^(?:\*|https?:\/\/[^\s/]+)$/, '"*" or an origin without a path expected, such as "https://example.com"');

/** Ours: which other origins may call an HTTP trigger from a browser. */
export const CorsConfig = z
  .strictObject({
    allowOrigins: z.array(Origin).min(1),
    allowMethods: z.array(HttpMethod).min(1),
    allowHeaders: z.array(NonEmpty).default([]),
    exposeHeaders: z.array(NonEmpty).default([]),
    maxAge: DurationCodec.optional().describe('how long a browser may keep the answer'),
    allowCredentials: z.boolean().default(false),
  })
  .refine(({ allowCredentials, allowOrigins }) => !(allowCredentials && allowOrigins.includes('*')), {
    path: ['allowOrigins'],
    error: 'browsers refuse credentials together with the origin "*"; name the origins',
  });
export type CorsConfig = z.infer<typeof CorsConfig>;

const OriginPattern = z
  .string()
  .regex(
    /^[^\s*]*\*?[^\s*]*$/,
    'an origin expected, in which one "*" may stand for any text, such as "https://*.example.com"',
  );

/** Ours: which other origins may reach a bucket's objects from a browser. */
export const CorsRule = z.strictObject({
  id: NonEmpty.optional(),
  allowedOrigins: z.array(OriginPattern).min(1),
  allowedMethods: z.array(HttpMethod.extract(['GET', 'HEAD', 'POST', 'PUT', 'DELETE'])).min(1),
  allowedHeaders: z.array(NonEmpty).default([]),
  exposeHeaders: z.array(NonEmpty).default([]),
  maxAge: DurationCodec.optional().describe('how long a browser may keep the answer'),
});
export type CorsRule = z.infer<typeof CorsRule>;
