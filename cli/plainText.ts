import { stripVTControlCharacters } from 'node:util';

// Control characters besides tab and newline, and the marks that turn the direction of text round.
const CONTROL = /(?![\t\n])\p{Cc}|\p{Bidi_Control}/gu;

/** Text from outside as it may be shown: what could drive the terminal is left out, tabs and newlines stay. */
export const printable = (text: string): string => stripVTControlCharacters(text).replace(CONTROL, '');

/** The same on one line. */
export const printableLine = (text: string): string => printable(text).replace(/\s*\n\s*/g, ' ');
