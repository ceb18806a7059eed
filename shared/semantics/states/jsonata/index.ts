/** JSONata as Step Functions evaluates it: synchronous, seeded, and bounded in steps and depth. */
export {
  evaluateJsonata,
  expressionText,
  isExpression,
  type JsonataEnvironment,
  JsonataFailure,
  syntaxError,
} from './evaluate.ts';
export { unsupportedReference } from './references.ts';
