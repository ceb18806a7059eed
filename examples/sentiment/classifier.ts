import type { TrainingText } from './lexicon.ts';
import type { Random } from './random.ts';

/** What a classifier may look at, and for how long it learns. */
export interface Settings {
  /** The shortest and the longest run of characters that is a feature. */
  shortest: number;
  longest: number;
  /** How many features it keeps. */
  features: number;
  epochs: number;
}

/** A logistic regression over counts of character n-grams: positive when bias + Σ weight · count is above 0. */
export interface Classifier {
  grams: string[];
  weights: number[];
  bias: number;
}

const RARE = 4;
const SELECTION_EPOCHS = 4;
const LEARNING_RATE = 0.05;
const SHRINKAGE = 1e-5;

/** Every run of characters of the text that is neither too short nor too long; a space stands before and after the text. */
export function ngrams(text: string, { shortest, longest }: Pick<Settings, 'shortest' | 'longest'>): string[] {
  const characters = [...` ${text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())} `];
  const grams: string[] = [];
  for (let length = shortest; length <= longest; length++) {
    for (let start = 0; start + length <= characters.length; start++) {
      grams.push(characters.slice(start, start + length).join(''));
    }
  }
  return grams;
}

/** Learns on all n-grams that are not rare, keeps those that matter most, and learns again on these alone. */
export function learn(texts: TrainingText[], settings: Settings, random: Random): Classifier {
  const counts = new Map<string, number>();
  for (const { text } of texts) {
    for (const gram of new Set(ngrams(text, settings))) counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  const common = [...counts.keys()].filter((gram) => counts.get(gram)! >= RARE);
  const first = fit(texts, common, { ...settings, epochs: SELECTION_EPOCHS }, random);
  const importance = new Map(
    first.grams.map((gram, index) => [gram, Math.abs(first.weights[index]!) * Math.sqrt(counts.get(gram)!)]),
  );
  const kept = common.toSorted((a, b) => importance.get(b)! - importance.get(a)!).slice(0, settings.features);
  return fit(texts, kept, settings, random);
}

/** The log-odds of a positive text. */
export function score(classifier: Classifier, text: string): number {
  const weight = new Map(classifier.grams.map((gram, index) => [gram, classifier.weights[index]!]));
  const lengths = classifier.grams.map((gram) => [...gram].length);
  const range = { shortest: Math.min(...lengths), longest: Math.max(...lengths) };
  return ngrams(text, range).reduce((sum, gram) => sum + (weight.get(gram) ?? 0), classifier.bias);
}

/** Stochastic gradient descent with a step of its own for each weight (AdaGrad). */
function fit(texts: TrainingText[], grams: string[], settings: Settings, random: Random): Classifier {
  const position = new Map(grams.map((gram, index) => [gram, index]));
  const bias = grams.length;
  const examples = texts.map(({ text, positive, weight }) => {
    const known = ngrams(text, settings).flatMap((gram) => position.get(gram) ?? []);
    return { indexes: [...known, bias], positive, weight };
  });
  const weights = new Float64Array(grams.length + 1);
  const squares = new Float64Array(grams.length + 1).fill(1e-3);
  for (let epoch = 0; epoch < settings.epochs; epoch++) {
    for (const { indexes, positive, weight } of random.shuffle(examples)) {
      const logit = indexes.reduce((sum, index) => sum + weights[index]!, 0);
      const slope = (1 / (1 + Math.exp(-logit)) - Number(positive)) * weight;
      for (const index of indexes) {
        const gradient = slope + SHRINKAGE * weights[index]!;
        squares[index]! += gradient * gradient;
        weights[index]! -= (LEARNING_RATE * gradient) / Math.sqrt(squares[index]!);
      }
    }
  }
  return { grams, weights: Array.from(weights.subarray(0, bias), round), bias: round(weights[bias]!) };
}

/** Four decimals are all that the files keep. */
const round = (value: number): number => Math.round(value * 1e4) / 1e4;
