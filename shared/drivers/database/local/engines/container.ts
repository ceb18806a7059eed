import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { askContainerEngines } from '../../../deploy/local/containerEngine.ts';
import type { Installation, Node } from './engine.ts';

/** An image that is run in place of a server that is not installed. */
export interface Image {
  name: string;
  /** Where it keeps its data, and where it listens. */
  data: string;
  port: number;
  /** Variables whose values the environment of the command has: they do not show among its arguments. */
  variables: string[];
  parameters: string[];
}

/** A container engine that answers, for versions of which each has an image. */
export async function findContainerEngine(): Promise<Installation | undefined> {
  const answer = (await askContainerEngines()).find((candidate) => 'version' in candidate);
  return answer && { program: answer.engine, version: 'any version, in a container', container: true };
}

/** The container of a node: one that an earlier host left is removed, because two must not share the data. */
export function containerCommand(node: Node, image: Image): string[] {
  const { uid, gid } = node.account ?? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const replace =
    '"$0" rm --force "$1" > /dev/null 2>&1; engine=$0; name=$1; shift; exec "$engine" run --name "$name" "$@"';
  return [
    ...['/bin/sh', '-c', replace, node.installation.program, nameOf(node)],
    ...['--rm', '--init', '--user', `${uid}:${gid}`],
    ...['--publish', `127.0.0.1:${node.port}:${image.port}`],
    ...['--volume', `${node.data}:${image.data}`],
    ...image.variables.flatMap((name) => ['--env', name]),
    `${image.name}:${node.version}`,
    ...image.parameters,
  ];
}

/** Runs `work` while nothing in the container of a node moves. */
export async function paused(node: Node, work: () => Promise<void>): Promise<void> {
  const tell = (command: string): Promise<unknown> =>
    promisify(execFile)(node.installation.program, [command, nameOf(node)]);
  await tell('pause');
  try {
    await work();
  } finally {
    await tell('unpause');
  }
}

const nameOf = ({ directory }: Node): string =>
  `cloudlib-${createHash('sha256').update(directory).digest('hex').slice(0, 16)}`;
