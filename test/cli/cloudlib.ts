import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

export const BIN = fileURLToPath(new URL('../../cli/bin.js', import.meta.url));

/** What a run of the command printed, and its exit code. */
export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A working folder with the state directory `.cloudlib` in it, in which the real binary is run. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'cloudlib-cli-'));
  readonly environment: Record<string, string>;

  constructor(environment: Record<string, string> = {}) {
    this.environment = environment;
  }

  /** Writes a file, as JSON unless it is text, and gives its path. */
  write(name: string, content: unknown): string {
    const path = join(this.path, name);
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    return path;
  }

  start(parameters: string[]): ChildProcess {
    const { CLOUDLIB_STATE: _, FORCE_COLOR: __, ...environment } = process.env;
    return spawn(process.execPath, [BIN, ...parameters], {
      cwd: this.path,
      env: { ...environment, ...this.environment },
    });
  }

  async run(parameters: string[], input = ''): Promise<Run> {
    const child = this.start(parameters);
    child.stdin!.end(input);
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const [stdout, stderr] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
    return { code: await ended, stdout, stderr };
  }

  /** The JSON that a command prints with --json. */
  async json<Value = Record<string, unknown>>(
    parameters: string[],
    input?: string,
  ): Promise<{ code: number | null; value: Value }> {
    const { code, stdout } = await this.run([...parameters, '--json'], input);
    return { code, value: JSON.parse(stdout) };
  }

  /** Ends the host of the folder, if one runs, and removes the folder. */
  async remove(): Promise<void> {
    await this.run(['stop']);
    rmSync(this.path, { recursive: true, force: true });
  }
}
