import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = new URL('../', import.meta.url).href;
const MARK = 'cloudlib';

/** The files of each load, by its mark. */
const loads = new Map<string, Set<string>>();

/** A module that was loaded anew with all that it imports of its project, and the hash of each of those files. */
export interface Fresh {
  module: { default?: unknown };
  files: Record<string, string>;
}

/**
 * Imports a module as it is on the disk now, with the modules of its project; packages and CloudLib itself stay as they are. Node keeps every
 * module that it has loaded, so each load costs the memory of the project's code once more.
 */
export async function importFresh(path: string): Promise<Fresh> {
  if (loads.size === 0) registerHooks({ resolve: markProjectFiles });
  const mark = String(loads.size + 1);
  const files = new Set([path]);
  loads.set(mark, files);
  const url = pathToFileURL(path);
  url.searchParams.set(MARK, mark);
  const module = (await import(url.href)) as Fresh['module'];
  return { module, files: Object.fromEntries([...files].sort().map((file) => [file, hashOf(file)])) };
}

/** What a module of the project imports is marked like itself: Node takes another mark for another module. */
const markProjectFiles: Parameters<typeof registerHooks>[0]['resolve'] = (specifier, context, next) => {
  const resolved = next(specifier, context);
  const mark = context.parentURL?.startsWith('file:') && new URL(context.parentURL).searchParams.get(MARK);
  if (!mark || !isOfProject(resolved.url)) return resolved;
  const url = new URL(resolved.url);
  loads.get(mark)?.add(fileURLToPath(url));
  url.searchParams.set(MARK, mark);
  return { ...resolved, url: url.href };
};

function isOfProject(url: string): boolean {
  if (!url.startsWith('file:') || url.includes('/node_modules/')) return false;
  return !/^(cli|functions|infra|runner|shared|index\.)/.test(url.startsWith(ROOT) ? url.slice(ROOT.length) : '');
}

function hashOf(file: string): string {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** Where an error of a project's module is, from its stack: the first place that is neither Node's nor a package's. */
export function placeInProject({ stack = '' }: Error): { file: string; line: number } | undefined {
  for (const [, path, line] of stack.matchAll(/(?:file:\/\/)?(\/[^\s:()?]+)(?:\?[^\s:()]*)?:(\d+)/g)) {
    if (path && isOfProject(pathToFileURL(path).href)) return { file: path, line: Number(line) };
  }
  return undefined;
}

/** A message without the marks of this file. */
export const withoutMarks = (text: string): string => text.replaceAll(/\?cloudlib=\d+/g, '');
