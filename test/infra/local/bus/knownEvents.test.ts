import { describe, expect, test } from '@jest/globals';
import { catalog } from '../../../../functions/catalog.ts';
import { knownEvents } from '../../../../infra/local/bus/knownEvents.ts';
import { impossibilities, type Pattern } from '../../../../shared/semantics/patterns/index.ts';

const known = knownEvents(catalog);

describe('the events of CloudLib itself', () => {
  test.each<[string, Pattern]>([
    ['an outcome', { type: ['cloudlib.deploy.rollback.succeeded'], data: { input: { name: ['sentiment'] } } }],
    ['the error of a failure', { type: ['cloudlib.deploy.scale.failed'], data: { error: { code: ['Conflict'] } } }],
    ['any input of a failure', { type: ['cloudlib.deploy.scale.failed'], data: { input: { whatever: [1] } } }],
    ['the end of a workflow', { type: ['cloudlib.workflow.status'], data: { status: ['FAILED', 'TIMED_OUT'] } }],
    ['a delivery of a webhook', { type: ['cloudlib.webhook.payment.succeeded'], data: { any: [1] } }],
    ['what others publish below the name', { type: ['cloudlib.monitoring.alarm'], data: { state: ['ALARM'] } }],
    ['events of others', { type: ['shop.order.succeeded'], data: { any: [1] } }],
  ])('are matched by %s', (_what, pattern) => {
    expect(impossibilities(pattern, known)).toEqual([]);
  });

  test.each<[string, Pattern, string]>([
    [
      'a misspelt operation',
      { type: ['cloudlib.deploy.rollbak.succeeded'] },
      'type: "cloudlib.deploy.rollbak.succeeded" is no event of CloudLib; did you mean cloudlib.deploy.rollback.succeeded?',
    ],
    [
      'an operation without its outcome',
      { type: ['cloudlib.deploy.scale'] },
      'are cloudlib.deploy.scale.succeeded and',
    ],
    ['an operation that only reads', { type: ['cloudlib.deploy.list.succeeded'] }, 'deploy.list only reads'],
    ['a misspelt type of the host', { type: ['cloudlib.workflow.stauts'] }, 'did you mean cloudlib.workflow.status?'],
    [
      'a field that the operation does not answer',
      { type: ['cloudlib.deploy.rollback.succeeded'], data: { output: { nonsense: [1] } } },
      'data.output.nonsense: events of the type',
    ],
    [
      'a status that there is not',
      { type: ['cloudlib.workflow.status'], data: { status: ['FAILD'] } },
      'did you mean "FAILED"?',
    ],
  ])('are never matched by %s', (_what, pattern, problem) => {
    expect(impossibilities(pattern, known)).toEqual([expect.stringContaining(problem)]);
  });
});
