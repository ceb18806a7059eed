import type { Account, Accounts } from '../accounts.ts';
import type { VersionIdentity } from '../documents.ts';
import { invalidArgument, S3Error } from '../errors.ts';
import type { Services } from '../services.ts';
import { type Elements, malformedXml, type XmlElement, XSI } from '../xml.ts';

export type Permission = 'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP' | 'FULL_CONTROL';
const PERMISSIONS: readonly string[] = [
  'READ',
  'WRITE',
  'READ_ACP',
  'WRITE_ACP',
  'FULL_CONTROL',
] satisfies Permission[];

export const ALL_USERS = 'http://acs.amazonaws.com/groups/global/AllUsers';
export const AUTHENTICATED_USERS = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers';
const LOG_DELIVERY = 'http://acs.amazonaws.com/groups/s3/LogDelivery';

/** One who is granted something: an account by its canonical id, or a group by its URI. */
export type Grantee = { id: string } | { group: string };

export interface Grant {
  grantee: Grantee;
  permission: Permission;
}

/** An access control list with the owner of what it is about. */
export interface Acl {
  owner: string;
  grants: Grant[];
}

/** The canned lists of S3 as grants; `bucketOwner` is the owner of the bucket that an object lies in. */
export function cannedGrants(name: string, owner: string, bucketOwner: string): Grant[] {
  const full: Grant = { grantee: { id: owner }, permission: 'FULL_CONTROL' };
  const group = (uri: string, permission: Permission): Grant => ({ grantee: { group: uri }, permission });
  switch (name) {
    case 'private':
      return [full];
    case 'public-read':
      return [full, group(ALL_USERS, 'READ')];
    case 'public-read-write':
      return [full, group(ALL_USERS, 'READ'), group(ALL_USERS, 'WRITE')];
    case 'authenticated-read':
      return [full, group(AUTHENTICATED_USERS, 'READ')];
    case 'bucket-owner-read':
      return owner === bucketOwner ? [full] : [full, { grantee: { id: bucketOwner }, permission: 'READ' }];
    case 'bucket-owner-full-control':
      return owner === bucketOwner ? [full] : [full, { grantee: { id: bucketOwner }, permission: 'FULL_CONTROL' }];
    case 'log-delivery-write':
      return [full, group(LOG_DELIVERY, 'WRITE'), group(LOG_DELIVERY, 'READ_ACP')];
    case 'aws-exec-read':
      return [full];
    default:
      throw invalidArgument('There is no canned ACL of this name', 'x-amz-acl', name);
  }
}

const GRANT_HEADERS: Record<string, Permission> = {
  'x-amz-grant-full-control': 'FULL_CONTROL',
  'x-amz-grant-read': 'READ',
  'x-amz-grant-write': 'WRITE',
  'x-amz-grant-read-acp': 'READ_ACP',
  'x-amz-grant-write-acp': 'WRITE_ACP',
};

/** The grants that the headers of a request ask for, or undefined where they say nothing of it. */
export function grantsOf(
  headers: Record<string, string>,
  { owner, bucketOwner, accounts }: { owner: string; bucketOwner: string; accounts: Accounts },
): Grant[] | undefined {
  const canned = headers['x-amz-acl'];
  const explicit = Object.entries(GRANT_HEADERS).filter(([name]) => headers[name] !== undefined);
  if (canned !== undefined && explicit.length) {
    throw new S3Error('InvalidRequest', { message: 'Specifying both Canned ACLs and Header Grants is not allowed' });
  }
  if (canned !== undefined) return cannedGrants(canned, owner, bucketOwner);
  if (!explicit.length) return undefined;
  return explicit.flatMap(([name, permission]) =>
    headers[name]!.split(',').map((text) => ({ grantee: granteeOf(text.trim(), accounts), permission })),
  );
}

function granteeOf(text: string, accounts: Accounts): Grantee {
  const [, type, value] = /^(id|uri|emailAddress)\s*=\s*"?([^"]*)"?$/i.exec(text) ?? [];
  if (type?.toLowerCase() === 'id') return known(value!, accounts);
  if (type?.toLowerCase() === 'uri') return group(value!);
  if (type) return byEmail(value!, accounts);
  throw invalidArgument('Argument format not recognized', 'x-amz-grant', text);
}

function known(id: string, accounts: Accounts): Grantee {
  if (!accounts.byId(id)) throw invalidArgument('Invalid id', 'CanonicalUser/ID', id);
  return { id };
}

function group(uri: string): Grantee {
  if (![ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY].includes(uri)) {
    throw invalidArgument('Invalid group uri', 'uri', uri);
  }
  return { group: uri };
}

function byEmail(email: string, accounts: Accounts): Grantee {
  const account = accounts.byEmail(email);
  if (!account) throw new S3Error('UnresolvableGrantByEmailAddress');
  return { id: account.id };
}

/** Reads an AccessControlPolicy; the owner that it names must be the one that there is. */
export function readAcl(root: XmlElement, owner: string, accounts: Accounts): Acl {
  const stated = root.child('Owner')?.value('ID');
  const list = root.child('AccessControlList');
  if (!list) throw malformedAcl();
  if (stated !== undefined && stated !== '' && stated !== owner) throw new S3Error('AccessDenied');
  return { owner, grants: list.all('Grant').map((grant) => readGrant(grant, accounts)) };
}

function readGrant(grant: XmlElement, accounts: Accounts): Grant {
  const permission = grant.value('Permission') ?? '';
  const grantee = grant.child('Grantee');
  if (!grantee || !PERMISSIONS.includes(permission)) throw malformedAcl();
  return { permission: permission as Permission, grantee: readGrantee(grantee, accounts) };
}

function readGrantee(grantee: XmlElement, accounts: Accounts): Grantee {
  const [id, uri, email] = ['ID', 'URI', 'EmailAddress'].map((name) => grantee.value(name));
  if (id !== undefined) return known(id, accounts);
  if (uri !== undefined) return group(uri);
  if (email !== undefined) return byEmail(email, accounts);
  throw malformedAcl();
}

const malformedAcl = (): S3Error => new S3Error('MalformedACLError', { cause: malformedXml() });

/** Owner as S3 writes it. */
export function ownerElements({ id, displayName }: Account): Elements {
  return { ID: id, DisplayName: displayName };
}

/** The account with an id; one whose keys are gone still owns what it made. */
export function accountById(id: string, accounts: Accounts): Account {
  return accounts.byId(id) ?? { id, displayName: '' };
}

/** An AccessControlPolicy as S3 writes it. */
export function aclElements({ owner, grants }: Acl, accounts: Accounts): Elements {
  return {
    Owner: ownerElements(accountById(owner, accounts)),
    AccessControlList: {
      Grant: grants.map(({ grantee, permission }) => ({
        Grantee:
          'id' in grantee
            ? { '@xmlns:xsi': XSI, '@xsi:type': 'CanonicalUser', ...ownerElements(accountById(grantee.id, accounts)) }
            : { '@xmlns:xsi': XSI, '@xsi:type': 'Group', URI: grantee.group },
        Permission: permission,
      })),
    },
  };
}

/** Whether a list lets an account, or anyone, do something. */
export function grantsPermission({ grants }: Acl, account: Account | undefined, permission: Permission): boolean {
  return grants.some(
    (grant) =>
      (grant.permission === permission || grant.permission === 'FULL_CONTROL') && isGrantee(grant.grantee, account),
  );
}

function isGrantee(grantee: Grantee, account: Account | undefined): boolean {
  if ('id' in grantee) return grantee.id === account?.id;
  if (grantee.group === ALL_USERS) return true;
  return grantee.group === AUTHENTICATED_USERS && account !== undefined;
}

/** Whether a list lets in more than single accounts. */
export function isPublicAcl(grants: Grant[]): boolean {
  return grants.some(
    ({ grantee }) => 'group' in grantee && (grantee.group === ALL_USERS || grantee.group === AUTHENTICATED_USERS),
  );
}

/** The list of a bucket; its owner's alone until another one is written. */
export function bucketAcl({ documents, accounts }: Services, bucket: string): Acl {
  const stored = documents.bucket<Acl>(bucket, 'acl');
  return stored ?? privateAcl(accounts.main.account.id);
}

/** The list of a version of an object; the bucket owner's alone until another one is written. */
export function objectAcl(services: Services, bucket: string, version: VersionIdentity): Acl {
  return services.documents.object<Acl>(bucket, version, 'acl') ?? privateAcl(bucketAcl(services, bucket).owner);
}

export function privateAcl(owner: string): Acl {
  return { owner, grants: [{ grantee: { id: owner }, permission: 'FULL_CONTROL' }] };
}
