import { resolve } from 'node:path';
import { z } from 'zod';
import { decode } from '../shared/core/validation.ts';
import { Artifact, DeploymentConfig } from '../shared/types/deploy.ts';
import { folderOf, readJson } from './input.ts';

const DeploymentFile = z.strictObject({ config: DeploymentConfig, artifacts: z.array(Artifact).min(1) });

/** What `deploy.deploy` takes, in JSON form. */
export type DeploymentRequest = z.input<typeof DeploymentFile>;

/** Reads what is to be deployed; paths of Local artifacts are relative to the folder of the file. */
export async function readDeploymentFile(file: string): Promise<DeploymentRequest> {
  const value = await readJson(file);
  decode(DeploymentFile, value, file === '-' ? 'standard input' : file);
  const { config, artifacts } = value as unknown as DeploymentRequest;
  const folder = folderOf(file);
  return { config, artifacts: artifacts.map((artifact) => absolute(artifact, folder)) };
}

/** The host may run in another folder, so a path is told from the root. */
function absolute(artifact: DeploymentRequest['artifacts'][number], folder: string): typeof artifact {
  const { source } = artifact;
  return source.kind === 'Local'
    ? { ...artifact, source: { ...source, path: resolve(folder, source.path) } }
    : artifact;
}
