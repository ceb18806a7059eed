import { connect, stateDirectory } from './infra/local/connect.ts';
import { type Host, setDefaultHost } from './shared/host.ts';

let host: Promise<Host> | undefined;

setDefaultHost(() => {
  host ??= connect(stateDirectory());
  return host;
});

export { z } from 'zod';
export { DatabaseService } from './functions/database/index.ts';
export { Deployer } from './functions/deploy/index.ts';
export { NoSQLTables } from './functions/nosql/index.ts';
export { operation } from './functions/operation.ts';
export { ObjectStorage } from './functions/storage/index.ts';
export { connect } from './infra/local/connect.ts';
export { LocalHost } from './infra/local/host.ts';
export type { WorkflowInputs } from './shared/configuration.ts';
export { defineConfig, event, http, schedule, webhook, workflow } from './shared/configuration.ts';
export { Decimal, decimal } from './shared/core/decimal.ts';
export { Duration } from './shared/core/duration.ts';
export { CloudError } from './shared/core/errors.ts';
export { multi } from './shared/multi.ts';
export { local } from './shared/provider.ts';
export { fromEventBridge, toEventBridge } from './shared/semantics/events/eventBridge.ts';
