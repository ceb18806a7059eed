import { stripVTControlCharacters } from 'node:util';

// C0 and C1 controls besides tab and newline, and the marks that turn the direction of text round (Unicode 9, UAX #9).
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text from outside as it may be shown: what could drive the terminal is left out, tabs and newlines stay. */
export const printable = (text: string): string => stripVTControlCharacters(text).replace(CONTROL, '');

/** The same on one line. */
export const printableLine = (text: string): string => printable(text).replace(/\s*\n\s*/g, ' ');
