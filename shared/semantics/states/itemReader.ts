import { parseCsv } from './csv.ts';
import type { Json, JsonObject } from './definition.ts';
import type { Steps } from './effects.ts';
import { itemReaderFailed, StateError } from './errors.ts';
import { evaluateField } from './expressions.ts';
import { effectiveInput } from './flow.ts';
import { type Inventory, parseInventory } from './inventory.ts';
import { itemsIn, type MapItem } from './mapItems.ts';
import { resolvePath, resolveTemplate } from './paths.ts';
import type { Visit } from './scope.ts';

/** The formats that a file of items can have. */
export const INPUT_TYPES = ['JSON', 'JSONL', 'CSV', 'MANIFEST'];

/**
 * ItemReader: has the driver fetch a file or a listing as it performs any task, and makes the items of it. What the task returns is the
 * file's text (or `{ Body: text }`), the value it holds, or for a listing `{ Contents: [...] }`. The files that a manifest names are
 * fetched in the same way, one after the other.
 */
export function* readItems(visit: Visit): Steps<MapItem[]> {
  const reader = visit.state.ItemReader!;
  const configuration = configurationOf(reader);
  const payload = argumentsOf(visit);
  const fetched = yield* fetch(visit, payload, 'items');
  const most = mostItems(visit, reader);
  if (isManifest(configuration)) {
    const body = bodyOf(fetched);
    const inventory = parseInventory(typeof body === 'string' ? readJson(body) : body);
    return yield* inventoryItems(visit, inventory, payload as JsonObject, most);
  }
  const listed = /:listObjects(V2)?$/.test(String(reader.Resource));
  return (listed ? listingOf(fetched) : itemsOf(fetched, configuration)).slice(0, most);
}

const isManifest = ({ InputType, ManifestType }: JsonObject): boolean =>
  InputType === 'MANIFEST' || ManifestType === 'S3_INVENTORY';

/** Has the driver make one call of the reader's Resource; `name` tells it from the others of this visit. */
function* fetch(visit: Visit, payload: Json, name: string): Steps<Json> {
  const attempt = visit.retries + 1;
  const key = `${visit.key}.${attempt}!${name}`;
  const resource = String(visit.state.ItemReader!.Resource);
  try {
    return (yield {
      kind: 'task',
      command: { kind: 'task', key, state: visit.name, resource, payload, attempt },
    }) as Json;
  } catch (thrown) {
    if (!(thrown instanceof StateError)) throw thrown;
    throw itemReaderFailed([thrown.error, thrown.reason].filter((part) => part !== undefined).join(': '));
  }
}

/** The rows of the files of an inventory, up to as many as are wanted; no file beyond that is fetched. */
function* inventoryItems(visit: Visit, inventory: Inventory, payload: JsonObject, most: number): Steps<MapItem[]> {
  const configuration = configurationOf(visit.state.ItemReader!);
  const headers: JsonObject = configuration.CSVHeaderLocation
    ? {}
    : { CSVHeaderLocation: 'GIVEN', CSVHeaders: inventory.columns };
  const { VersionId: _, ...rest } = payload;
  const items: MapItem[] = [];
  for (const [index, Key] of inventory.keys.entries()) {
    if (items.length >= most) break;
    const Bucket = inventory.bucket ?? rest.Bucket ?? null;
    const text = bodyOf(yield* fetch(visit, { ...rest, Bucket, Key }, `items.${index}`));
    if (typeof text !== 'string') throw itemReaderFailed(`the inventory file "${Key}" must be given as text`);
    for (const value of csvItems(text, { ...configuration, ...headers })) items.push({ value });
  }
  return items.slice(0, most);
}

const configurationOf = (reader: JsonObject): JsonObject => (reader.ReaderConfig ?? {}) as JsonObject;

function argumentsOf(visit: Visit): Json {
  const { Arguments, Parameters } = visit.state.ItemReader!;
  if (visit.language === 'JSONata')
    return Arguments === undefined ? {} : evaluateField(visit, 'ItemReader/Arguments', Arguments);
  return Parameters === undefined
    ? {}
    : resolveTemplate(visit, 'ItemReader/Parameters', Parameters, effectiveInput(visit));
}

function mostItems(visit: Visit, reader: JsonObject): number {
  const { MaxItems, MaxItemsPath } = configurationOf(reader);
  const most =
    typeof MaxItemsPath === 'string'
      ? resolvePath(visit, MaxItemsPath, effectiveInput(visit))
      : MaxItems !== undefined && visit.language === 'JSONata'
        ? evaluateField(visit, 'ItemReader/ReaderConfig/MaxItems', MaxItems)
        : MaxItems;
  if (most === undefined || most === 0) return Number.POSITIVE_INFINITY;
  if (typeof most === 'number' && most > 0) return most;
  throw itemReaderFailed(`MaxItems must be a positive integer, got ${JSON.stringify(most)}`);
}

function listingOf(fetched: Json): MapItem[] {
  const list = Array.isArray(fetched) ? fetched : (fetched as JsonObject | null)?.Contents;
  if (Array.isArray(list)) return elements(list);
  throw itemReaderFailed('the listing has no Contents');
}

const elements = (values: Json[]): MapItem[] => values.map((value) => ({ value }));

/** The file itself: its text, or the value in it. */
const bodyOf = (fetched: Json): Json =>
  fetched !== null && typeof fetched === 'object' && !Array.isArray(fetched) ? (fetched.Body ?? fetched) : fetched;

function itemsOf(fetched: Json, configuration: JsonObject): MapItem[] {
  const body = bodyOf(fetched);
  if (typeof body !== 'string') return itemsOrFail(pointedAt(body, configuration.ItemsPointer));
  switch (configuration.InputType) {
    case 'CSV':
      return elements(csvItems(body, configuration));
    case 'JSONL':
      return elements(body.split('\n').flatMap((line) => (line.trim() === '' ? [] : [readJson(line)])));
    default:
      return itemsOrFail(pointedAt(readJson(body), configuration.ItemsPointer));
  }
}

/** Follows an ItemsPointer: a JSON pointer (RFC 6901) into the file. */
function pointedAt(file: Json, pointer: Json | undefined): Json {
  if (typeof pointer !== 'string' || pointer === '') return file;
  const names = pointer.split('/').slice(1);
  let value: Json | undefined = file;
  for (const name of names.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))) {
    const holder: Json | undefined = value;
    if (holder === null || typeof holder !== 'object' || !Object.hasOwn(holder, name)) {
      throw itemReaderFailed(`ItemsPointer "${pointer}" points at nothing in the file`);
    }
    value = (holder as JsonObject)[name]!;
  }
  return value;
}

function itemsOrFail(value: Json): MapItem[] {
  const items = itemsIn(value);
  if (items) return items;
  throw itemReaderFailed('the file must hold an array or an object of items');
}

function readJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw itemReaderFailed(`the file is not JSON (${(error as Error).message})`);
  }
}

const DELIMITERS: Record<string, string> = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' };

function csvItems(text: string, configuration: JsonObject): Json[] {
  const rows = parseCsv(text, DELIMITERS[String(configuration.CSVDelimiter ?? 'COMMA')] ?? ',');
  const headers = configuration.CSVHeaderLocation === 'GIVEN' ? (configuration.CSVHeaders as string[]) : rows.shift();
  if (!headers) throw itemReaderFailed('the file has no row of headers');
  return rows.map((row): JsonObject => Object.fromEntries(headers.map((header, i) => [header, row[i] ?? ''])));
}
