import type { DatabaseSync } from 'node:sqlite';

/** A revision as it was asked for: what the supervisor makes true. */
export interface RevisionRow {
  deployment: string;
  revision: string;
  version: string;
  /** The RevisionSpec in JSON form, with the artifacts resolved to files. */
  spec: string;
  replicas: number;
  weight: number;
  failed: string | null;
  /** 1: to be removed once its last replica has ended. */
  retired: number;
  created_at: number;
}

/** A replica that was started or is about to be; written before its process exists. */
export interface ReplicaRow {
  id: string;
  deployment: string;
  revision: string;
  attempt: number;
  restarts: number;
  pid: number | null;
  started: string | null;
  port: number | null;
  stopping: number;
}

const SCHEMA = `
create table if not exists deploy_revisions (
  deployment text not null, revision text not null, version text not null, spec text not null,
  replicas integer not null default 0, weight real not null default 0, failed text,
  retired integer not null default 0, created_at integer not null,
  primary key (deployment, revision)) strict;
create table if not exists deploy_endpoints (deployment text primary key, port integer not null) strict;
create table if not exists deploy_replicas (
  id text primary key, deployment text not null, revision text not null, attempt integer not null default 0,
  restarts integer not null default 0, pid integer, started text, port integer, stopping integer not null default 0) strict;
`;

/** The durable side of the Local driver: what is wanted, and which processes were started for it. */
export class DeployTables {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    this.#database = database;
    database.exec(SCHEMA);
  }

  /** One that exists stays as it is; one that is being retired is replaced. */
  addRevision(row: Pick<RevisionRow, 'deployment' | 'revision' | 'version' | 'spec' | 'created_at'>): void {
    this.#run(
      `insert into deploy_revisions (deployment, revision, version, spec, created_at) values (?, ?, ?, ?, ?)
       on conflict (deployment, revision) do update set version = excluded.version, spec = excluded.spec,
         created_at = excluded.created_at, failed = null, retired = 0 where retired = 1`,
      row.deployment,
      row.revision,
      row.version,
      row.spec,
      row.created_at,
    );
  }

  revision(deployment: string, revision: string): RevisionRow | undefined {
    return this.#all<RevisionRow>(
      'select * from deploy_revisions where deployment = ? and revision = ?',
      deployment,
      revision,
    )[0];
  }

  revisions(deployment?: string): RevisionRow[] {
    return deployment === undefined
      ? this.#all('select * from deploy_revisions order by deployment, created_at, revision')
      : this.#all('select * from deploy_revisions where deployment = ? order by created_at, revision', deployment);
  }

  setReplicas(deployment: string, revision: string, replicas: number): void {
    this.#run(
      `update deploy_revisions set replicas = ?1, failed = case when replicas = ?1 then failed end
       where deployment = ?2 and revision = ?3`,
      replicas,
      deployment,
      revision,
    );
  }

  setFailed(deployment: string, revision: string, reason: string | null): void {
    this.#run(
      'update deploy_revisions set failed = ? where deployment = ? and revision = ?',
      reason,
      deployment,
      revision,
    );
  }

  setWeights(deployment: string, weights: Record<string, number>): void {
    this.#transaction(() => {
      this.#run('update deploy_revisions set weight = 0 where deployment = ?', deployment);
      for (const [revision, weight] of Object.entries(weights)) {
        this.#run(
          'update deploy_revisions set weight = ? where deployment = ? and revision = ?',
          weight,
          deployment,
          revision,
        );
      }
    });
  }

  setRetired(deployment: string, revision: string): void {
    this.#run(
      'update deploy_revisions set replicas = 0, weight = 0, retired = 1 where deployment = ? and revision = ?',
      deployment,
      revision,
    );
  }

  removeRevision(deployment: string, revision: string): void {
    this.#run('delete from deploy_revisions where deployment = ? and revision = ?', deployment, revision);
  }

  endpoint(deployment: string): number | undefined {
    return this.#all<{ port: number }>('select port from deploy_endpoints where deployment = ?', deployment)[0]?.port;
  }

  setEndpoint(deployment: string, port: number): void {
    this.#run(
      'insert into deploy_endpoints values (?, ?) on conflict (deployment) do update set port = excluded.port',
      deployment,
      port,
    );
  }

  removeEndpoint(deployment: string): void {
    this.#run('delete from deploy_endpoints where deployment = ?', deployment);
  }

  replicas(): ReplicaRow[] {
    return this.#all('select * from deploy_replicas order by id');
  }

  addReplica(id: string, deployment: string, revision: string): ReplicaRow {
    this.#run('insert into deploy_replicas (id, deployment, revision) values (?, ?, ?)', id, deployment, revision);
    return { id, deployment, revision, attempt: 0, restarts: 0, pid: null, started: null, port: null, stopping: 0 };
  }

  saveReplica({ id, attempt, restarts, pid, started, port, stopping }: ReplicaRow): void {
    this.#run(
      'update deploy_replicas set attempt = ?, restarts = ?, pid = ?, started = ?, port = ?, stopping = ? where id = ?',
      attempt,
      restarts,
      pid,
      started,
      port,
      stopping,
      id,
    );
  }

  removeReplica(id: string): void {
    this.#run('delete from deploy_replicas where id = ?', id);
  }

  #all<Row>(sql: string, ...values: (string | number | null)[]): Row[] {
    return this.#database.prepare(sql).all(...values) as Row[];
  }

  #run(sql: string, ...values: (string | number | null)[]): void {
    this.#database.prepare(sql).run(...values);
  }

  #transaction(change: () => void): void {
    this.#database.exec('begin immediate');
    try {
      change();
      this.#database.exec('commit');
    } catch (error) {
      this.#database.exec('rollback');
      throw error;
    }
  }
}
