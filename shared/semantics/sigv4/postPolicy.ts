import { SignatureRefusal } from './refusal.ts';

/** What a form must fulfil: one condition of its policy. */
type Condition =
  | { kind: 'exact'; field: string; value: string }
  | { kind: 'startsWith'; field: string; value: string }
  | { kind: 'contentLength'; min: number; max: number };

export interface PostPolicy {
  expiration: Date;
  conditions: Condition[];
}

const MOST_CONDITIONS = 1_000;
/** Fields that need no condition: they carry the policy itself, its signature, and the content. */
const FREE = new Set(['policy', 'x-amz-signature', 'signature', 'awsaccesskeyid', 'file', 'x-amz-security-token']);

/**
 * The policy of a form from its JSON text, or InvalidPolicyDocument with what is wrong.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
 */
export function parsePostPolicy(text: string): PostPolicy {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    throw invalid('Invalid JSON.');
  }
  if (!isObject(document)) throw invalid('Invalid JSON: an object expected.');
  const { expiration, conditions, ...others } = document;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw invalid(`Unexpected: '${unknown}'`);
  if (expiration === undefined) throw invalid('Policy missing expiration.');
  if (conditions === undefined) throw invalid('Policy missing conditions.');
  if (!Array.isArray(conditions)) throw invalid('Conditions must be a list.');
  if (conditions.length > MOST_CONDITIONS) throw invalid('Too many conditions.');
  return { expiration: parseExpiration(expiration), conditions: conditions.flatMap(parseCondition) };
}

/** Refuses a form that does not fulfil its policy; `fields` by lower-case name. */
export function checkPostPolicy(policy: PostPolicy, fields: Readonly<Record<string, string>>, now: Date): void {
  if (now >= policy.expiration) throw denied('Invalid according to Policy: Policy expired.');
  for (const condition of policy.conditions) {
    if (condition.kind === 'contentLength') continue;
    const given = fields[condition.field];
    const holds =
      condition.kind === 'exact'
        ? given === condition.value
        : condition.value === '' || startsWith(condition.field, given ?? '', condition.value);
    if (!holds) throw denied(`Invalid according to Policy: Policy Condition failed: ${textOf(condition)}`);
  }
  const covered = new Set(policy.conditions.map((condition) => ('field' in condition ? condition.field : '')));
  const extra = Object.keys(fields).find(
    (field) => !FREE.has(field) && !field.startsWith('x-ignore-') && !covered.has(field),
  );
  if (extra !== undefined) throw denied(`Invalid according to Policy: Extra input fields: ${extra}`);
}

/** How many bytes a form's content may have by its policy. */
export function contentLengthRange({ conditions }: PostPolicy): { min: number; max: number } {
  const ranges = conditions.filter((condition) => condition.kind === 'contentLength');
  return {
    min: Math.max(0, ...ranges.map(({ min }) => min)),
    max: Math.min(Number.POSITIVE_INFINITY, ...ranges.map(({ max }) => max)),
  };
}

/** Refuses content of a length outside the policy's range. */
export function checkContentLength(policy: PostPolicy, length: number, ended: boolean): void {
  const { min, max } = contentLengthRange(policy);
  if (length > max) {
    throw new SignatureRefusal('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
      ProposedSize: String(length),
      MaxSizeAllowed: String(max),
    });
  }
  if (ended && length < min) {
    throw new SignatureRefusal('EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size', {
      ProposedSize: String(length),
      MinSizeAllowed: String(min),
    });
  }
}

function parseExpiration(value: unknown): Date {
  const time =
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(value) && new Date(value);
  if (!time || Number.isNaN(time.getTime())) throw invalid(`Invalid 'expiration' value: '${String(value)}'`);
  return time;
}

function parseCondition(condition: unknown): Condition[] {
  if (Array.isArray(condition)) return [parseList(condition)];
  if (!isObject(condition)) throw invalid('Invalid Condition: an object or a list expected.');
  const entries = Object.entries(condition);
  if (entries.length !== 1)
    throw invalid('Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.');
  return entries.map(([field, value]) => {
    if (typeof value !== 'string') throw invalid('Invalid Simple-Condition: value must be a string.');
    return { kind: 'exact', field: field.toLowerCase(), value };
  });
}

function parseList(list: unknown[]): Condition {
  const [operator, first, second] = list;
  if (list.length !== 3 || typeof operator !== 'string') {
    throw invalid('Invalid Condition: a list of an operator and two arguments expected.');
  }
  const name = operator.toLowerCase();
  if (name === 'content-length-range') {
    const [min, max] = [first, second].map(wholeNumber);
    if (min === undefined || max === undefined)
      throw invalid('Invalid content-length-range: two whole numbers expected.');
    return { kind: 'contentLength', min, max };
  }
  if (name !== 'eq' && name !== 'starts-with') throw invalid(`Invalid Condition: unknown operation '${operator}'.`);
  if (typeof first !== 'string' || typeof second !== 'string' || !first.startsWith('$')) {
    throw invalid(`Invalid Condition: ${name} takes "$" with the name of a field, and a text.`);
  }
  return { kind: name === 'eq' ? 'exact' : 'startsWith', field: first.slice(1).toLowerCase(), value: second };
}

function wholeNumber(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** A content type may name several, separated by commas; each must begin so. */
function startsWith(field: string, given: string, prefix: string): boolean {
  const values = field === 'content-type' ? given.split(',') : [given];
  return values.every((value) => value.startsWith(prefix));
}

function textOf(condition: Exclude<Condition, { kind: 'contentLength' }>): string {
  const operator = condition.kind === 'exact' ? 'eq' : 'starts-with';
  return JSON.stringify([operator, `$${condition.field}`, condition.value]);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const invalid = (what: string): SignatureRefusal =>
  new SignatureRefusal('InvalidPolicyDocument', `Invalid Policy: ${what}`);
const denied = (message: string): SignatureRefusal => new SignatureRefusal('AccessDenied', message);
