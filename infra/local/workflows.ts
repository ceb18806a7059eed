import { readdirSync, readFileSync } from 'node:fs';
import type { Json } from '../../shared/core/codecs.ts';

const WORKFLOWS = new URL('../../workflows/', import.meta.url);

/** The workflows that come with the product, by name. */
export function readWorkflows(): [name: string, definition: Json][] {
  return readdirSync(WORKFLOWS)
    .filter((file) => file.endsWith('.asl.json'))
    .map((file) => [file.replace('.asl.json', ''), JSON.parse(readFileSync(new URL(file, WORKFLOWS), 'utf8'))]);
}
