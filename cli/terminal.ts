import Table from 'cli-table3';
import picocolors from 'picocolors';
import type { Json } from '../shared/core/codecs.ts';
import { printable, printableLine } from './plainText.ts';

export type Paint = ReturnType<typeof picocolors.createColors>;

export interface TerminalOptions {
  /** One JSON value on standard output and nothing else there. */
  json?: boolean;
  /** False when colours are not wanted, whatever the terminal can do. */
  color?: boolean;
}

/** Where a command writes: results to standard output, progress and notices to standard error. */
export class Terminal {
  readonly json: boolean;
  /** Colours for standard output. */
  readonly paint: Paint;
  /** Colours for standard error. */
  readonly noticePaint: Paint;

  constructor({ json = false, color = true }: TerminalOptions = {}) {
    this.json = json;
    this.paint = picocolors.createColors(color && colorful(process.stdout));
    this.noticePaint = picocolors.createColors(color && colorful(process.stderr));
  }

  /** The result of the command: the value as JSON, or what people read of it. Text from outside in it must be `printable`. */
  result(value: unknown, human: (paint: Paint) => string): void {
    if (this.json) process.stdout.write(`${jsonText(value)}\n`);
    else process.stdout.write(`${human(this.paint).trimEnd()}\n`);
  }

  /** Progress and notices; dropped when JSON was asked for. */
  notice(text: string): void {
    if (!this.json) process.stderr.write(`${text}\n`);
  }
}

/** Rows under headings, with two spaces between the columns. */
export function table(paint: Paint, headings: string[], rows: string[][]): string {
  const none = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '' };
  const lines = { 'bottom-left': '', 'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '' };
  const grid = new Table({
    head: headings.map((heading) => paint.dim(heading)),
    chars: { ...none, ...lines, 'right-mid': '', middle: '  ' },
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  });
  grid.push(...rows);
  return grid
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Names and values below one another. */
export function fields(paint: Paint, entries: [name: string, value: string | undefined][]): string {
  const shown = entries.filter((entry): entry is [string, string] => entry[1] !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${paint.dim(name.padEnd(width))}  ${value}`).join('\n');
}

/** A value as indented JSON that may be shown. */
export const jsonBlock = (value: Json | undefined): string => printable(JSON.stringify(value, null, 2) ?? 'nothing');

/** A value as JSON on one line that may be shown, cut at a number of characters. */
export function jsonLine(value: unknown, length: number): string {
  const text = printableLine(JSON.stringify(value) ?? '');
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}

// JSON.stringify leaves DEL and the C1 controls as they are, and some terminals obey those.
function jsonText(value: unknown): string {
  return JSON.stringify(value ?? null).replace(
    /\p{Cc}/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function colorful(stream: NodeJS.WriteStream): boolean {
  if (process.env.NO_COLOR) return false;
  return Boolean(process.env.FORCE_COLOR) || (stream.isTTY === true && process.env.TERM !== 'dumb');
}
