import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Json } from '../shared/core/codecs.ts';
import { CommandFailure } from './failure.ts';

/** What a file holds, or standard input for `-`. */
export async function readInput(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : String(code);
    throw new CommandFailure('InvalidInput', `cannot read ${file}: ${reason}`, {
      hint: 'name a file, or - for standard input',
    });
  }
}

/** The JSON value that a file holds, or standard input for `-`. */
export async function readJson(file: string): Promise<Json> {
  const content = await readInput(file);
  const place = file === '-' ? 'standard input' : file;
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new CommandFailure('InvalidInput', `${place} is not JSON: ${(error as Error).message}`);
  }
}

/** The folder that paths within a file are relative to. */
export const folderOf = (file: string): string => (file === '-' ? process.cwd() : dirname(resolve(file)));
