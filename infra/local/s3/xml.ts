import { XMLBuilder, XMLParser, XMLValidator } from 'fast-xml-parser';
import { S3Error } from './errors.ts';

export const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
export const XSI = 'http://www.w3.org/2001/XMLSchema-instance';

/** Elements by name: text, elements within, or a list of either; what is undefined is left out. A name that begins with `@` is an attribute. */
export interface Elements {
  [name: string]: Content;
}
type Content = string | number | boolean | Date | undefined | Elements | (string | Elements)[];

const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  processEntities: false,
  suppressEmptyNode: false,
  suppressBooleanAttributes: false,
  tagValueProcessor: (_name, value) => escapeText(String(value)),
  attributeValueProcessor: (_name, value) => escapeText(String(value)),
});

/** A document of S3, in a namespace or in none. */
export function xmlDocument(root: string, content: Elements, namespace: string | undefined): string {
  const attributes = namespace === undefined ? {} : { '@xmlns': namespace };
  return `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ [root]: plain({ ...attributes, ...content }) })}`;
}

/** An error's document, which is in no namespace. */
export const errorDocument = (content: Elements): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${builder.build({ Error: plain(content) })}`;

function plain(content: Content): unknown {
  if (content instanceof Date) return content.toISOString();
  if (Array.isArray(content)) return content.map(plain);
  if (typeof content === 'object') {
    return Object.fromEntries(
      Object.entries(content).flatMap(([name, value]) => (value === undefined ? [] : [[name, plain(value)]])),
    );
  }
  return String(content);
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Text with what XML reserves, and with control characters, as character references. */
function escapeText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys may hold them.
  return text.replace(/[&<>"'\u0000-\u001f\u007f\ufffe\uffff]/g, (character) => {
    return ESCAPES[character] ?? `&#x${character.charCodeAt(0).toString(16)};`;
  });
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  removeNSPrefix: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
  htmlEntities: true,
  maxNestedTags: 32,
});

/** An element that was read. */
export class XmlElement {
  readonly #content: unknown;

  constructor(content: unknown) {
    this.#content = content;
  }

  /** Its text; that of an element that holds others is what stands between them. */
  get text(): string {
    if (typeof this.#content === 'string') return this.#content;
    return String((this.#content as Record<string, unknown>)?.['#text'] ?? '');
  }

  /** The elements within it that have a name. */
  all(name: string): XmlElement[] {
    const found = this.#member(name);
    if (found === undefined) return [];
    return (Array.isArray(found) ? found : [found]).map((content) => new XmlElement(content));
  }

  /** The only one; MalformedXML when there are several. */
  child(name: string): XmlElement | undefined {
    const [first, second] = this.all(name);
    if (second) throw malformedXml();
    return first;
  }

  /** The only one's text, without white space around it. */
  value(name: string): string | undefined {
    return this.child(name)?.text.trim();
  }

  required(name: string): string {
    const value = this.value(name);
    if (value === undefined || value === '') throw malformedXml();
    return value;
  }

  attribute(name: string): string | undefined {
    const value = this.#member(`@${name}`);
    return typeof value === 'string' ? value : undefined;
  }

  /** The names of the elements within it. */
  names(): string[] {
    if (typeof this.#content !== 'object' || this.#content === null) return [];
    return Object.keys(this.#content).filter((name) => !name.startsWith('@') && name !== '#text');
  }

  #member(name: string): unknown {
    if (typeof this.#content !== 'object' || this.#content === null) return undefined;
    return Object.hasOwn(this.#content, name) ? (this.#content as Record<string, unknown>)[name] : undefined;
  }
}

/** The root of a document that must have this name; anything that is not such a document is MalformedXML. */
export function parseXml(bytes: Uint8Array, root: string): XmlElement {
  const text = utf8(bytes);
  // No document of S3 declares a type, and entities of one's own are how a small document becomes a large one.
  if (text.includes('<!DOCTYPE') || text.includes('<!ENTITY') || XMLValidator.validate(text) !== true) {
    throw malformedXml();
  }
  let parsed: Record<string, unknown>;
  try {
    parsed = parser.parse(text);
  } catch (error) {
    throw malformedXml(error);
  }
  const names = Object.keys(parsed);
  if (names.length !== 1 || names[0] !== root || Array.isArray(parsed[root])) throw malformedXml();
  return new XmlElement(parsed[root]);
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw malformedXml(error);
  }
}

export function malformedXml(cause?: unknown): S3Error {
  return new S3Error('MalformedXML', cause === undefined ? {} : { cause });
}
