import { parseCsv } from './csv.ts';
import type { Json, JsonObject } from './definition.ts';
import type { Steps } from './effects.ts';
import { ERRORS, StateError } from './errors.ts';
import { evaluateField } from './expressions.ts';
import { effectiveInput } from './flow.ts';
import { itemsIn, type MapItem } from './mapItems.ts';
import { resolvePath, resolveTemplate } from './paths.ts';
import type { Visit } from './scope.ts';

/** The formats that a file of items can have. */
export const INPUT_TYPES = ['JSON', 'JSONL', 'CSV'];

/**
 * ItemReader: has the driver fetch a file or a listing as it performs any task, and makes the items of it. What the task returns is the
 * file's text (or `{ Body: text }`), the value it holds, or for a listing `{ Contents: [...] }`.
 */
export function* readItems(visit: Visit): Steps<MapItem[]> {
  const reader = visit.state.ItemReader!;
  const resource = String(reader.Resource);
  const key = `${visit.key}.${visit.retries + 1}!items`;
  const command = {
    kind: 'task' as const,
    key,
    state: visit.name,
    resource,
    payload: argumentsOf(visit),
    attempt: visit.retries + 1,
  };
  let fetched: Json;
  try {
    fetched = (yield { kind: 'task', command }) as Json;
  } catch (thrown) {
    if (!(thrown instanceof StateError)) throw thrown;
    throw readerFailed([thrown.error, thrown.reason].filter((part) => part !== undefined).join(': '));
  }
  const items = /:listObjects(V2)?$/.test(resource) ? listingOf(fetched) : itemsOf(fetched, configurationOf(reader));
  return items.slice(0, mostItems(visit, reader));
}

const readerFailed = (cause: string): StateError => new StateError(ERRORS.ItemReaderFailed, cause);

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
  throw readerFailed(`MaxItems must be a positive integer, got ${JSON.stringify(most)}`);
}

function listingOf(fetched: Json): MapItem[] {
  const list = Array.isArray(fetched) ? fetched : (fetched as JsonObject | null)?.Contents;
  if (Array.isArray(list)) return elements(list);
  throw readerFailed('the listing has no Contents');
}

const elements = (values: Json[]): MapItem[] => values.map((value) => ({ value }));

/** The file itself: its text, or the value in it. */
const bodyOf = (fetched: Json): Json =>
  fetched !== null && typeof fetched === 'object' && !Array.isArray(fetched) ? (fetched.Body ?? fetched) : fetched;

function itemsOf(fetched: Json, configuration: JsonObject): MapItem[] {
  const body = bodyOf(fetched);
  if (typeof body !== 'string') return itemsOrFail(body);
  switch (configuration.InputType) {
    case 'CSV':
      return elements(csvItems(body, configuration));
    case 'JSONL':
      return elements(body.split('\n').flatMap((line) => (line.trim() === '' ? [] : [readJson(line)])));
    default:
      return itemsOrFail(readJson(body));
  }
}

function itemsOrFail(value: Json): MapItem[] {
  const items = itemsIn(value);
  if (items) return items;
  throw readerFailed('the file must hold an array or an object of items');
}

function readJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw readerFailed(`the file is not JSON (${(error as Error).message})`);
  }
}

const DELIMITERS: Record<string, string> = { COMMA: ',', PIPE: '|', SEMICOLON: ';', SPACE: ' ', TAB: '\t' };

function csvItems(text: string, configuration: JsonObject): Json[] {
  const rows = parseCsv(text, DELIMITERS[String(configuration.CSVDelimiter ?? 'COMMA')] ?? ',');
  const headers = configuration.CSVHeaderLocation === 'GIVEN' ? (configuration.CSVHeaders as string[]) : rows.shift();
  if (!headers) throw readerFailed('the file has no row of headers');
  return rows.map((row) => Object.fromEntries(headers.map((header, i) => [header, row[i] ?? ''])));
}
