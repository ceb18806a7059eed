import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Host } from '../shared/host.ts';
import { noHost } from './failure.ts';
import { type HostAddress, runningHost } from './hostAddress.ts';
import { Terminal } from './terminal.ts';

/** The options that every command has. */
export interface GlobalOptions {
  state: string;
  json?: boolean;
  color: boolean;
}

/** What a command works with: its options, the terminal, and the host of the state directory. */
export class Session<Options = object> {
  readonly options: Options & GlobalOptions;
  readonly terminal: Terminal;
  /** The state directory. */
  readonly directory: string;

  constructor(options: Options & GlobalOptions) {
    this.options = options;
    this.terminal = new Terminal(options);
    this.directory = resolve(options.state);
  }

  /** The host that runs on the state directory; it is an error when none does. */
  async host(): Promise<Host> {
    return (await this.runningHost()).host;
  }

  /** The same with where it answers. */
  async runningHost(): Promise<{ host: Host; address: HostAddress }> {
    const found = await runningHost(this.directory);
    if (!found) throw noHost(this.directory);
    return found;
  }
}

/** A command's action as commander calls it, from one that takes a session and the arguments. */
export function action<Options = object>(
  run: (session: Session<Options>, ...parameters: (string | undefined)[]) => Promise<void> | void,
): (this: Command) => Promise<void> {
  return async function (this: Command) {
    await run(new Session(this.optsWithGlobals<Options & GlobalOptions>()), ...this.processedArgs);
  };
}
