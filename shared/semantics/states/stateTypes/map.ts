import type { Json, JsonObject } from '../definition.ts';
import type { Settled, Steps } from '../effects.ts';
import { ERRORS, failureIn, StateError } from '../errors.ts';
import { evaluateField, evaluateTyped } from '../expressions.ts';
import { effectiveInput, finishWithResult, type Left } from '../flow.ts';
import { batchesOf } from '../itemBatcher.ts';
import { readItems } from '../itemReader.ts';
import { inputOf, itemContext, itemsIn, type MapItem } from '../mapItems.ts';
import { resolvePath, resolveTemplate } from '../paths.ts';
import { type ChildExecution, destinationOf, formResults, type ItemResult, writeResults } from '../resultWriter.ts';
import { withRetryAndCatch } from '../retry.ts';
import type { AllSettled } from '../scheduler.ts';
import { branchPath, innerScope, type RunMachine, type Scope, type Visit } from '../scope.ts';

/** How many iterations Step Functions runs at once at most, in each mode. */
const MOST_AT_ONCE = { INLINE: 40, DISTRIBUTED: 10_000 };

/** Map: runs its processor once for each item, and ends with the list of what the iterations put out. */
export function* runMap(visit: Visit, runMachine: RunMachine): Steps<Left> {
  return yield* withRetryAndCatch(visit, () => attempt(visit, runMachine));
}

function* attempt(visit: Visit, runMachine: RunMachine): Steps<Json> {
  const { state, scope, execution } = visit;
  const processor = (state.ItemProcessor ?? state.Iterator)!;
  const distributed = processor.ProcessorConfig?.Mode === 'DISTRIBUTED';
  const destination = state.ResultWriter && destinationOf(visit);
  const source = state.ItemReader ? yield* readItems(visit) : itemsOf(visit, distributed);
  const items = state.ItemBatcher ? batched(visit, source) : source;
  const most = MOST_AT_ONCE[distributed ? 'DISTRIBUTED' : 'INLINE'];
  const asked = numberOf(visit, 'MaxConcurrency') ?? 0;
  const tolerated = distributed ? toleranceOf(visit, items.length) : 0;
  execution.emit(scope, 'MapStateStarted', () => ({ mapStateStartedEventDetails: { length: items.length } }));
  const children: ChildExecution[] = [];
  const { settled, failed, first } = (yield {
    kind: 'all',
    count: items.length,
    branch: (index, redrive) => {
      const inner = innerScope(visit, processor, branchPath(visit, index, redrive));
      return distributed
        ? childExecution(visit, runMachine, inner, items[index]!, index, children)
        : iteration(visit, runMachine, inner, items[index]!, index);
    },
    maxConcurrency: asked === 0 ? most : Math.min(asked, most),
    tolerated,
  }) as AllSettled;
  const results = state.ResultWriter ? resultsOf(items, children, settled) : [];
  const written = destination && (yield* writeResults(visit, destination, results));
  if (failed > tolerated) {
    execution.emit(scope, 'MapStateFailed');
    throw distributed ? thresholdExceeded() : first;
  }
  execution.emit(scope, 'MapStateSucceeded');
  if (written) return finishWithResult(visit, written);
  if (state.ResultWriter) return finishWithResult(visit, formResults(visit, results));
  return finishWithResult(
    visit,
    settled.flatMap((end) => ('output' in end ? [end.output] : [])),
  );
}

function resultsOf(items: MapItem[], children: ChildExecution[], settled: Settled): ItemResult[] {
  return items.map((item, index) => {
    const child = children[index];
    return { input: child?.input ?? inputOf(item), child, end: settled[index] };
  });
}

function batched(visit: Visit, source: MapItem[]): MapItem[] {
  const inputs = source.map((item, index) => itemInput(visit, item, index));
  return batchesOf(visit, inputs).map((value) => ({ value }));
}

/** An item of a distributed Map: an execution of its own, noted among the children of the Map. */
function* childExecution(
  visit: Visit,
  runMachine: RunMachine,
  inner: Scope,
  item: MapItem,
  index: number,
  children: ChildExecution[],
): Steps<Json> {
  const input = visit.state.ItemBatcher ? item.value : itemInput(visit, item, index);
  const execution = visit.execution.child(`${visit.name}-${index}`, input);
  const child = { execution, input, startedAt: execution.now, stoppedAt: execution.now };
  if (visit.state.ResultWriter) children[index] = child;
  try {
    return yield* runMachine({ ...inner, execution, lastEvent: 0, variables: Object.create(null) }, input);
  } finally {
    child.stoppedAt = execution.now;
  }
}

/** An item of an inline Map: a branch of this execution. */
function* iteration(visit: Visit, runMachine: RunMachine, inner: Scope, item: MapItem, index: number): Steps<Json> {
  const { name, execution, scope } = visit;
  const details = () => ({ mapIterationStartedEventDetails: { name, index } });
  execution.emit(inner, 'MapIterationStarted', details);
  try {
    const output = yield* runMachine(inner, itemInput(visit, item, index));
    execution.emit(inner, 'MapIterationSucceeded', () => ({ mapIterationSucceededEventDetails: { name, index } }));
    scope.lastEvent = Math.max(scope.lastEvent, inner.lastEvent);
    return output;
  } catch (failure) {
    execution.emit(inner, 'MapIterationFailed', () => ({ mapIterationFailedEventDetails: { name, index } }));
    throw failure;
  }
}

/** What to go over: an array, and in distributed mode also the entries of an object. */
function itemsOf(visit: Visit, distributed: boolean): MapItem[] {
  const { state, language, input } = visit;
  const fits = (value: Json): value is Json[] | JsonObject =>
    Array.isArray(value) || (distributed && value !== null && typeof value === 'object');
  if (language === 'JSONata' && state.Items !== undefined) {
    return itemsIn(evaluateTyped(visit, 'Items', state.Items, distributed ? 'array or object' : 'array', fits))!;
  }
  const value = language === 'JSONata' ? input : pathItems(visit);
  if (fits(value)) return itemsIn(value)!;
  const place = language === 'JSONata' ? 'The input of the Map' : `Reference path "${state.ItemsPath ?? '$'}"`;
  throw failureIn(
    visit,
    language === 'JSONata' ? ERRORS.QueryEvaluationError : ERRORS.Runtime,
    `${place} must point to ${distributed ? 'array or object' : 'array'}.`,
  );
}

function pathItems(visit: Visit): Json {
  const effective = effectiveInput(visit);
  return visit.state.ItemsPath === undefined ? effective : resolvePath(visit, visit.state.ItemsPath, effective);
}

/** What one iteration is given: the item, or what ItemSelector (formerly Parameters) makes of it. */
function itemInput(visit: Visit, item: MapItem, index: number): Json {
  const { state, language } = visit;
  const selector = state.ItemSelector ?? (language === 'JSONPath' ? state.Parameters : undefined);
  if (selector === undefined) return inputOf(item);
  const within = { ...visit, scope: { ...visit.scope, map: itemContext(item, index) } };
  if (language === 'JSONata') return evaluateField(within, 'ItemSelector', selector);
  return resolveTemplate(within, 'ItemSelector', selector, effectiveInput(visit));
}

type NumberField = 'MaxConcurrency' | 'ToleratedFailureCount' | 'ToleratedFailurePercentage';

const isCount = (value: Json): value is number => typeof value === 'number' && value >= 0;
const isPercentage = (value: Json): value is number => isCount(value) && value <= 100;

function numberOf(visit: Visit, field: NumberField): number | undefined {
  const { state, language } = visit;
  const value = state[field];
  const fits = field === 'ToleratedFailurePercentage' ? isPercentage : isCount;
  if (language === 'JSONata')
    return value === undefined ? undefined : evaluateTyped(visit, field, value, 'number', fits);
  const path = state[`${field}Path`];
  if (path === undefined) return value as number | undefined;
  const selected = resolvePath(visit, path, effectiveInput(visit));
  if (fits(selected)) return selected;
  throw failureIn(
    visit,
    ERRORS.Runtime,
    `The ${field}Path '${path}' must select a number ${fits === isCount ? 'of 0 or more' : 'from 0 to 100'}, but selected: ${JSON.stringify(selected)}`,
  );
}

/** How many items may fail: the count, the share of all, or the lower of both. */
function toleranceOf(visit: Visit, total: number): number {
  const count = numberOf(visit, 'ToleratedFailureCount');
  const percentage = numberOf(visit, 'ToleratedFailurePercentage');
  if (count === undefined && percentage === undefined) return 0;
  return Math.min(count ?? total, percentage === undefined ? total : Math.floor((percentage / 100) * total));
}

function thresholdExceeded(): StateError {
  return new StateError(
    ERRORS.ExceedToleratedFailureThreshold,
    'The specified tolerated failure threshold was exceeded',
  );
}
