import { BlockList, isIP } from 'node:net';
import type { Account } from '../accounts.ts';
import { S3Error } from '../errors.ts';

/** What a request looks like to a policy. */
export interface PolicyRequest {
  account: Account | undefined;
  /** `s3:GetObject` */
  action: string;
  /** `arn:aws:s3:::bucket/key` */
  resource: string;
  /** Values of condition keys, by lower-case name. */
  conditions: Record<string, string[] | undefined>;
}

type Texts = string | string[];

interface Statement {
  Effect: 'Allow' | 'Deny';
  Principal?: '*' | Record<string, Texts>;
  NotPrincipal?: '*' | Record<string, Texts>;
  Action?: Texts;
  NotAction?: Texts;
  Resource?: Texts;
  NotResource?: Texts;
  Condition?: Record<string, Record<string, Texts>>;
}

export interface Policy {
  Statement: Statement[];
}

const LARGEST_POLICY = 20 * 1024;

/** Reads the policy of a bucket, or throws MalformedPolicy with what is wrong with it. */
export function parsePolicy(text: string, bucket: string): Policy {
  if (Buffer.byteLength(text) > LARGEST_POLICY) throw malformed('Policy exceeds the maximum allowed document size.');
  let document: { Statement?: unknown };
  try {
    document = JSON.parse(text);
  } catch {
    throw malformed("Policies must be valid JSON and the first byte must be '{'");
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw malformed("Policies must be valid JSON and the first byte must be '{'");
  const statements = [document.Statement ?? []].flat();
  if (statements.length === 0) throw malformed('Missing required field Statement');
  return { Statement: statements.map((statement) => checkStatement(statement, bucket)) };
}

function checkStatement(value: unknown, bucket: string): Statement {
  const statement = value as Statement;
  if (typeof value !== 'object' || value === null) throw malformed('Policy has invalid statement');
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny')
    throw malformed(`Invalid effect: ${String(statement.Effect)}`);
  const principal = statement.Principal ?? statement.NotPrincipal;
  if (principal === undefined || (typeof principal === 'string' && principal !== '*')) {
    throw malformed(principal === undefined ? 'Missing required field Principal' : 'Invalid principal in policy');
  }
  const actions = texts(statement.Action ?? statement.NotAction);
  if (!actions.length) throw malformed('Missing required field Action');
  if (actions.some((action) => action !== '*' && !/^s3:[A-Za-z*?]+$/i.test(action)))
    throw malformed('Policy has invalid action');
  const resources = texts(statement.Resource ?? statement.NotResource);
  if (!resources.length) throw malformed('Missing required field Resource');
  const own = `arn:aws:s3:::${bucket}`;
  const foreign = resources.some((resource) => {
    const name = /^arn:aws[\w-]*:s3:[^:]*:[^:]*:([^/]*)/.exec(resource)?.[1];
    return resource !== '*' && (name === undefined || !matches(name, bucket));
  });
  if (foreign) throw malformed(`Policy has invalid resource: "${own}" or what lies in it expected`);
  for (const operator of Object.keys(statement.Condition ?? {})) {
    if (!operatorOf(operator)) throw malformed(`Invalid Condition type : ${operator}`);
  }
  return statement;
}

/** What a policy says of a request; undefined when it says nothing. */
export function evaluatePolicy(policy: Policy, request: PolicyRequest): 'Allow' | 'Deny' | undefined {
  const effects = policy.Statement.filter((statement) => applies(statement, request)).map(({ Effect }) => Effect);
  return effects.includes('Deny') ? 'Deny' : effects[0];
}

/** Whether a policy lets in anyone: an Allow for everybody that no condition on fixed values narrows. */
export function isPublicPolicy(policy: Policy): boolean {
  return policy.Statement.some(
    ({ Effect, Principal, NotPrincipal, Condition }) =>
      Effect === 'Allow' && (NotPrincipal !== undefined || principals(Principal).includes('*')) && !narrows(Condition),
  );
}

/** Keys that name those who ask; a condition on one of them keeps a policy from being public. */
const NARROWING =
  /^(aws:(sourceip|sourcearn|sourcevpc|sourcevpce|sourceowner|sourceaccount|userid|principalorgid|principalarn|principalaccount)|s3:(x-amz-server-side-encryption-aws-kms-key-id|dataaccesspointarn|dataaccesspointaccount))$/i;

function narrows(condition: Statement['Condition']): boolean {
  return Object.values(condition ?? {}).some((keys) =>
    Object.entries(keys).some(
      ([key, values]) =>
        NARROWING.test(key) && !texts(values).some((value) => /[*?]/.test(value) || /\/0$/.test(value)),
    ),
  );
}

function applies(statement: Statement, { account, action, resource, conditions }: PolicyRequest): boolean {
  const principal =
    statement.Principal !== undefined
      ? isPrincipal(statement.Principal, account)
      : !isPrincipal(statement.NotPrincipal, account);
  const acts =
    statement.Action !== undefined
      ? texts(statement.Action).some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase()))
      : !texts(statement.NotAction).some((pattern) => matches(pattern.toLowerCase(), action.toLowerCase()));
  const on =
    statement.Resource !== undefined
      ? texts(statement.Resource).some((pattern) => matches(pattern, resource))
      : !texts(statement.NotResource).some((pattern) => matches(pattern, resource));
  return principal && acts && on && holds(statement.Condition, conditions);
}

function principals(principal: Statement['Principal']): string[] {
  if (principal === undefined) return [];
  return typeof principal === 'string' ? [principal] : Object.values(principal).flatMap((value) => texts(value));
}

/** An account is named by `*`, its id, or an ARN that holds its id as the account or the user. */
function isPrincipal(principal: Statement['Principal'], account: Account | undefined): boolean {
  return principals(principal).some((name) => {
    if (name === '*') return true;
    if (!account) return false;
    return name === account.id || name.split(/[:/]/).includes(account.id);
  });
}

function holds(condition: Statement['Condition'], given: PolicyRequest['conditions']): boolean {
  return Object.entries(condition ?? {}).every(([operator, keys]) =>
    Object.entries(keys).every(([key, expected]) => keyHolds(operator, texts(expected), given[key.toLowerCase()])),
  );
}

function keyHolds(name: string, expected: string[], given: string[] | undefined): boolean {
  const { quantifier, negated, ifExists, test } = operatorOf(name)!;
  if (test === isNull) return expected.includes('true') === (given === undefined);
  if (given === undefined) return ifExists || negated || quantifier === 'forallvalues';
  const one = (value: string): boolean => expected.some((pattern) => test(value, pattern)) !== negated;
  return quantifier === 'foranyvalue' ? given.some(one) : given.every(one);
}

type Test = (value: string, pattern: string) => boolean;

const number =
  (compare: (a: number, b: number) => boolean): Test =>
  (value, pattern) =>
    value.trim() !== '' && compare(Number(value), Number(pattern));
const date =
  (compare: (a: number, b: number) => boolean): Test =>
  (value, pattern) =>
    compare(time(value), time(pattern));
const isNull: Test = () => false;

/** Operators of conditions, by lower-case name without `Not` and `IfExists`. */
const TESTS: Record<string, Test> = {
  stringequals: (value, pattern) => value === pattern,
  stringequalsignorecase: (value, pattern) => value.toLowerCase() === pattern.toLowerCase(),
  stringlike: (value, pattern) => matches(pattern, value),
  arnequals: (value, pattern) => matches(pattern, value),
  arnlike: (value, pattern) => matches(pattern, value),
  numericequals: number((a, b) => a === b),
  numericlessthan: number((a, b) => a < b),
  numericlessthanequals: number((a, b) => a <= b),
  numericgreaterthan: number((a, b) => a > b),
  numericgreaterthanequals: number((a, b) => a >= b),
  dateequals: date((a, b) => a === b),
  datelessthan: date((a, b) => a < b),
  datelessthanequals: date((a, b) => a <= b),
  dategreaterthan: date((a, b) => a > b),
  dategreaterthanequals: date((a, b) => a >= b),
  bool: (value, pattern) => value.toLowerCase() === pattern.toLowerCase(),
  binaryequals: (value, pattern) => value === pattern,
  ipaddress: inRange,
  null: isNull,
};

function operatorOf(
  name: string,
): { quantifier?: string; negated: boolean; ifExists: boolean; test: Test } | undefined {
  const lower = name.toLowerCase();
  const quantifier = /^(forallvalues|foranyvalue):/.exec(lower)?.[1];
  const bare = quantifier ? lower.slice(quantifier.length + 1) : lower;
  const ifExists = bare.endsWith('ifexists');
  const operator = ifExists ? bare.slice(0, -'ifexists'.length) : bare;
  const negated = /^(string|arn|numeric|date|binary)not|^notip/.test(operator);
  const test = TESTS[operator.replace(/^(string|arn|numeric|date|binary)not/, '$1').replace(/^notip/, 'ip')];
  return test && { ...(quantifier && { quantifier }), negated, ifExists, test };
}

const time = (text: string): number => (/^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text));

function inRange(value: string, pattern: string): boolean {
  const [address, bits] = pattern.split('/');
  const kind = isIP(address!) === 6 ? 'ipv6' : 'ipv4';
  if (!isIP(address!) || !isIP(value)) return false;
  const list = new BlockList();
  list.addSubnet(address!, bits === undefined ? (kind === 'ipv6' ? 128 : 32) : Number(bits), kind);
  return list.check(value, isIP(value) === 6 ? 'ipv6' : 'ipv4');
}

/** Whether a text is of a pattern in which `*` stands for any text and `?` for one character; linear in the lengths' product. */
export function matches(pattern: string, text: string): boolean {
  let [at, star, retry] = [0, -1, 0];
  let index = 0;
  while (index < text.length) {
    if (pattern[at] === '*') {
      star = at++;
      retry = index;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === text[index])) {
      at++;
      index++;
    } else if (star >= 0) {
      at = star + 1;
      index = ++retry;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

const texts = (value: Texts | undefined): string[] => (value === undefined ? [] : [value].flat().map(String));

const malformed = (message: string): S3Error => new S3Error('MalformedPolicy', { message });
