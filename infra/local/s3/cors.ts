import { Duration } from '../../../shared/core/duration.ts';
import type { CorsRule } from '../../../shared/types/storage.ts';
import { matches } from './access/policy.ts';
import { documentOf } from './body.ts';
import { S3Error } from './errors.ts';
import type { Answer, BucketRequest, S3Request } from './request.ts';
import type { Services } from './services.ts';
import { malformedXml, type XmlElement } from './xml.ts';

const MOST_RULES = 100;
const METHODS: readonly string[] = ['GET', 'PUT', 'HEAD', 'POST', 'DELETE'];

export async function getCors({ bucket }: BucketRequest, { storage }: Services): Promise<Answer> {
  const { corsRules } = await storage.getBucketConfig(bucket);
  if (!corsRules.length) throw new S3Error('NoSuchCORSConfiguration', { details: { BucketName: bucket } });
  return {
    body: {
      root: 'CORSConfiguration',
      content: {
        CORSRule: corsRules.map((rule) => ({
          ID: rule.id,
          AllowedMethod: rule.allowedMethods,
          AllowedOrigin: rule.allowedOrigins,
          AllowedHeader: rule.allowedHeaders,
          ExposeHeader: rule.exposeHeaders,
          MaxAgeSeconds: rule.maxAge && rule.maxAge.milliseconds / 1000,
        })),
      },
    },
  };
}

export async function putCors(request: BucketRequest, { storage }: Services): Promise<Answer> {
  const rules = (await documentOf(request, 'CORSConfiguration')).all('CORSRule');
  if (!rules.length || rules.length > MOST_RULES) throw malformedXml();
  await storage.updateBucketConfig(request.bucket, { corsRules: rules.map(readRule) });
  return {};
}

export async function deleteCors({ bucket }: BucketRequest, { storage }: Services): Promise<Answer> {
  await storage.updateBucketConfig(bucket, { corsRules: [] });
  return { status: 204 };
}

function readRule(rule: XmlElement): CorsRule {
  const texts = (name: string): string[] => rule.all(name).map(({ text }) => text.trim());
  const [origins, methods, headers] = ['AllowedOrigin', 'AllowedMethod', 'AllowedHeader'].map(texts) as [
    string[],
    string[],
    string[],
  ];
  if (!origins.length || !methods.length) throw malformedXml();
  const unknown = methods.find((method) => !METHODS.includes(method));
  if (unknown !== undefined) {
    throw new S3Error('InvalidRequest', {
      message: `Found unsupported HTTP method in CORS config. Unsupported method is ${unknown}`,
    });
  }
  for (const [name, values] of [
    ['AllowedOrigin', origins],
    ['AllowedHeader', headers],
  ] as const) {
    const wild = values.find((value) => value.split('*').length > 2);
    if (wild !== undefined)
      throw new S3Error('InvalidRequest', { message: `${name} "${wild}" can not have more than one wildcard.` });
  }
  const id = rule.value('ID');
  const age = rule.value('MaxAgeSeconds');
  if (age !== undefined && !/^\d{1,9}$/.test(age)) throw malformedXml();
  return {
    ...(id && { id }),
    allowedOrigins: origins,
    allowedMethods: methods as CorsRule['allowedMethods'],
    allowedHeaders: headers,
    exposeHeaders: texts('ExposeHeader'),
    ...(age !== undefined && { maxAge: Duration.seconds(Number(age)) }),
  };
}

/** The answer to a browser that asks whether it may make a request. */
export async function preflight(request: BucketRequest, { storage }: Services): Promise<Answer> {
  const { headers } = request;
  const method = headers['access-control-request-method'];
  if (headers.origin === undefined)
    throw new S3Error('BadRequest', { message: 'Insufficient information. Origin request header needed.' });
  if (method === undefined || !METHODS.includes(method)) {
    throw new S3Error('BadRequest', { message: `Invalid Access-Control-Request-Method: ${method ?? 'null'}` });
  }
  const { corsRules } = await storage.getBucketConfig(request.bucket);
  if (!corsRules.length) throw forbidden(method, 'CORSResponse: CORS is not enabled for this bucket.');
  const wanted = wantedHeaders(headers);
  const rule = corsRules.find((candidate) => allows(candidate, headers.origin!, method, wanted));
  if (!rule) {
    throw forbidden(
      method,
      "CORSResponse: This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.",
    );
  }
  return { headers: ruleHeaders(rule, headers.origin, wanted) };
}

function forbidden(method: string, message: string): S3Error {
  return new S3Error('AccessForbidden', { message, details: { Method: method, ResourceType: 'BUCKET' } });
}

/** Headers that let a browser's page of another origin see an answer, where a rule of the bucket allows it. */
export async function corsHeaders(request: S3Request, { storage }: Services): Promise<Record<string, string>> {
  const { headers, bucket, method } = request;
  if (headers.origin === undefined || bucket === undefined || method === 'OPTIONS') return {};
  const config = await storage.getBucketConfig(bucket).catch(() => undefined);
  const asked = headers['access-control-request-method'] ?? method;
  const wanted = wantedHeaders(headers);
  const rule = config?.corsRules.find((candidate) => allows(candidate, headers.origin!, asked, wanted));
  return rule ? ruleHeaders(rule, headers.origin, wanted) : {};
}

function wantedHeaders(headers: Record<string, string>): string[] {
  return (headers['access-control-request-headers'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

function allows(rule: CorsRule, origin: string, method: string, wanted: string[]): boolean {
  return (
    rule.allowedOrigins.some((pattern) => matches(pattern, origin)) &&
    rule.allowedMethods.some((allowed) => allowed === method) &&
    wanted.every((name) => rule.allowedHeaders.some((pattern) => matches(pattern.toLowerCase(), name.toLowerCase())))
  );
}

function ruleHeaders(rule: CorsRule, origin: string, wanted: string[]): Record<string, string> {
  const anyone = rule.allowedOrigins.includes('*');
  return {
    'access-control-allow-origin': anyone ? '*' : origin,
    'access-control-allow-methods': rule.allowedMethods.join(', '),
    ...(wanted.length > 0 && { 'access-control-allow-headers': wanted.join(', ').toLowerCase() }),
    ...(rule.exposeHeaders.length > 0 && { 'access-control-expose-headers': rule.exposeHeaders.join(', ') }),
    ...(rule.maxAge && { 'access-control-max-age': String(rule.maxAge.milliseconds / 1000) }),
    ...(!anyone && { 'access-control-allow-credentials': 'true' }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  };
}
