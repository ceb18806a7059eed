import { expect, test } from '@jest/globals';
import { printable, printableLine } from '../../cli/plainText.ts';

test.each([
  ['a colour', '\u001b[31mred\u001b[0m', 'red'],
  ['a window title', '\u001b]0;owned\u0007text', 'text'],
  ['a bell and a backspace', 'a\u0007b\u0008c', 'abc'],
  ['a carriage return that would hide what stands before', 'bad\rgood', 'badgood'],
  ['a C1 control, which some terminals obey', 'a\u0085b', 'ab'],
  ['an override of the direction of text', 'user\u202etxt.exe', 'usertxt.exe'],
  ['what is harmless', 'grüße\t東京\n🚀', 'grüße\t東京\n🚀'],
])('%s', (_, text, shown) => {
  expect(printable(text)).toBe(shown);
});

test('a single line has no line breaks', () => {
  expect(printableLine('first\n  second\r\nthird')).toBe('first second third');
});
