import { uriEncodePath } from '../../../shared/semantics/sigv4/index.ts';
import { invalidArgument } from './errors.ts';
import type { Parameters } from './request.ts';

/** How many entries a page may have at most. */
const LARGEST_PAGE = 1_000;

/** A parameter that is a whole number; one above `most` counts as that. Undefined where it is not given. */
export function readWholeNumber(parameters: Parameters, name: string, most: number): number | undefined {
  const text = parameters.get(name);
  if (text === undefined || text === '') return undefined;
  if (!/^-?\d+$/.test(text))
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, name, text);
  const number = Number(text);
  if (number < 0 || number > 2 ** 31 - 1)
    throw invalidArgument(`Argument ${name} must be an integer between 0 and 2147483647`, name, text);
  return Math.min(number, most);
}

/** What all listings have in common. */
export interface Page {
  prefix: string;
  /** Undefined where there is none, or an empty one. */
  delimiter: string | undefined;
  limit: number;
  /** As the request gave it. */
  maxKeys: number;
  /** Writes a key as the request wants it. */
  text(key: string): string;
  encodingType: string | undefined;
}

export function readPage(parameters: Parameters, limitName: string): Page {
  const encodingType = parameters.get('encoding-type');
  if (encodingType !== undefined && encodingType !== 'url') {
    throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encodingType);
  }
  const limit = readWholeNumber(parameters, limitName, LARGEST_PAGE) ?? LARGEST_PAGE;
  return {
    prefix: parameters.get('prefix') ?? '',
    delimiter: parameters.get('delimiter') || undefined,
    limit,
    maxKeys: limit,
    text: encodingType === 'url' ? encoded : (key) => key,
    encodingType,
  };
}

/** A key as `encoding-type=url` wants it: as in a form, but with its slashes. */
const encoded = (key: string): string =>
  uriEncodePath(key).replaceAll('%20', '+').replaceAll('%2A', '*').replaceAll('~', '%7E');
