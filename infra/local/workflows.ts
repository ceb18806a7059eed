import { readdirSync, readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import type { Json } from '../../shared/core/codecs.ts';
import { validate } from '../../shared/semantics/states/index.ts';

const WORKFLOWS = new URL('../../workflows/', import.meta.url);

/** The largest workflow file that is read, in bytes: what Step Functions takes. */
const LARGEST_FILE = 1024 * 1024;

/** The workflows that come with the product, by name. */
export function readWorkflows(): [name: string, definition: Json][] {
  return readdirSync(WORKFLOWS)
    .filter((file) => file.endsWith('.asl.json'))
    .map((file) => [file.replace('.asl.json', ''), JSON.parse(readFileSync(new URL(file, WORKFLOWS), 'utf8'))]);
}

/** A workflow of an application that was read, or what is wrong with it. */
export type OwnWorkflow = { name: string; definition: Json } | { problems: string[] };

/** Reads a workflow file of an application; each problem says the file, the JSON pointer and the reason. */
export function readOwnWorkflow(name: string, file: string, folder: string, operations: object): OwnWorkflow {
  const path = resolve(folder, file);
  const place = `workflow "${name}" (${relative(process.cwd(), path)})`;
  if (!/^[a-z][A-Za-z0-9-]{0,62}$/.test(name)) {
    return {
      problems: [`${place}: its name has 1 to 63 letters, digits and hyphens and begins with a lower case letter`],
    };
  }
  if (readWorkflows().some(([taken]) => taken === name)) {
    return { problems: [`${place}: CloudLib has a workflow of this name; choose another`] };
  }
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > LARGEST_FILE) return { problems: [`${place}: it is larger than ${LARGEST_FILE} bytes`] };
    const definition = JSON.parse(text) as Json;
    const problems = [...validate(definition), ...unknownResources(definition, operations)];
    if (problems.length === 0) return { name, definition };
    return { problems: problems.map(({ pointer, message }) => `${place}: ${pointer || '/'}: ${message}`) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { problems: [`${place}: ${code === 'ENOENT' ? 'there is no such file' : message}`] };
  }
}

/** The tasks of a definition that name an operation which does not exist. */
function unknownResources(value: Json, operations: object, pointer = ''): { pointer: string; message: string }[] {
  if (value === null || typeof value !== 'object') return [];
  const below = Object.entries(value).flatMap(([key, member]) =>
    unknownResources(member, operations, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
  const { Type: type, Resource: resource } = value as { Type?: Json; Resource?: Json };
  if (type !== 'Task' || typeof resource !== 'string' || !resource.startsWith('cloudlib:')) return below;
  const operation = resource.replace(/^cloudlib:/, '').replace(/\.(sync|sync:2|waitForTaskToken)$/, '');
  if (Object.hasOwn(operations, operation)) return below;
  const message = `there is no operation "${operation}"; list those that exist with "cloudlib operations"`;
  return [{ pointer: `${pointer}/Resource`, message }, ...below];
}
