import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Client } from 'pg';
import { copyTree, makeFolder } from '../copyTree.ts';
import type { Node } from './engine.ts';
import { writeFor } from './settingsFile.ts';

/** Folders whose content is made anew at each start; see "Making a Base Backup Using the Low Level API" in PostgreSQL's manual. */
const EMPTIED = ['pg_dynshmem', 'pg_notify', 'pg_replslot', 'pg_serial', 'pg_snapshots', 'pg_stat_tmp', 'pg_subtrans'];
const SEGMENT = /^[0-9A-F]{24}$/;

/** Whether a file of a data directory is the running server's own. */
export function isServersOwn(path: string): boolean {
  const name = basename(path);
  return (
    ['postmaster.pid', 'postmaster.opts', 'backup_label.old', 'recovery.signal', 'standby.signal'].includes(name) ||
    name.startsWith('pgsql_tmp') ||
    EMPTIED.some((folder) => path.startsWith(`${folder}/`))
  );
}

/** A base backup of a running server: its files, and the log segments that make them consistent. */
export async function baseBackup(client: Client, node: Node, target: string, signal: AbortSignal): Promise<void> {
  // The slot keeps the segments of the backup; it ends with the session, as the backup itself does.
  await client.query(
    "select pg_create_physical_replication_slot('cloudlib_backup_' || pg_backend_pid(), true, true) as slot",
  );
  const { rows: started } = await client.query('select pg_backup_start($1, fast => true) as lsn', ['cloudlib']);
  await copyTree(node.data, target, {
    account: node.account,
    live: true,
    skip: (path) => {
      signal.throwIfAborted();
      return isServersOwn(path) || path.startsWith('pg_wal/');
    },
  });
  const { rows: stopped } = await client.query(
    'select lsn, labelfile, spcmapfile, pg_walfile_name(lsn) as last, pg_walfile_name($1) as first from pg_backup_stop(wait_for_archive => false)',
    [started[0].lsn],
  );
  const { labelfile, spcmapfile, first, last } = stopped[0] as Record<string, string>;
  await copySegments(node, target, first!, last!);
  await writeFor(node, join(target, 'backup_label'), labelfile!);
  if (spcmapfile) await writeFor(node, join(target, 'tablespace_map'), spcmapfile);
}

async function copySegments(node: Node, target: string, first: string, last: string): Promise<void> {
  const names = await readdir(join(node.data, 'pg_wal'));
  if (!names.includes(first)) throw new Error(`the log segment ${first} was removed before it could be copied`);
  const wanted = names.filter(
    (name) => (SEGMENT.test(name) && name >= first && name <= last) || name.endsWith('.history'),
  );
  await copyTree(join(node.data, 'pg_wal'), join(target, 'pg_wal'), {
    account: node.account,
    skip: (path) => !wanted.includes(path),
  });
  await makeFolder(join(target, 'pg_wal', 'archive_status'), node.account);
}
