import { CloudError } from '../../core/errors.ts';
import type { Json } from './definition.ts';
import { evaluateJsonata, expressionText, isExpression } from './jsonata/index.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { SeededRandom } from './random.ts';

/** Fills the `{% … %}` of a JSON value outside of any execution, such as the input that an automation starts a workflow with. */
export function evaluateTemplate(
  template: Json,
  variables: Record<string, Json>,
  { now = Date.now(), seed = String(Math.random()) }: { now?: number; seed?: string } = {},
): Json {
  const environment = { now, random: new SeededRandom(seed, 'template'), limits: DEFAULT_LIMITS };
  const fill = (value: Json, place: string): Json => {
    if (isExpression(value)) return fillOne(expressionText(value), place);
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return value.map((item, i) => fill(item, `${place}[${i}]`));
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, `${place}.${key}`)]));
  };
  const fillOne = (text: string, place: string): Json => {
    let result: Json | undefined;
    try {
      result = evaluateJsonata(text, variables, environment);
    } catch (error) {
      throw new CloudError('InvalidInput', `${place}: the expression "${text}" failed: ${(error as Error).message}`);
    }
    if (result !== undefined) return result;
    throw new CloudError('InvalidInput', `${place}: the expression "${text}" returned nothing; check the names in it`);
  };
  return fill(template, '$');
}
