import { describe, expect, test } from '@jest/globals';
import { catalog } from '../../../../functions/catalog.ts';
import { operation } from '../../../../functions/operation.ts';
import { automationProblems } from '../../../../infra/local/bus/rules.ts';
import { type Automation, event, schedule, webhook } from '../../../../shared/configuration.ts';
import { Duration } from '../../../../shared/core/duration.ts';
import type { Operation } from '../../../../shared/operation.ts';

const known = {
  operations: catalog as unknown as Record<string, Operation>,
  workflows: ['deploy'],
  providers: ['local'],
};
const problems = (automation: Automation): string[] => automationProblems({ fine, 'the-one': automation }, known);

const on = event({ type: ['shop.order'] });
const start = operation('deploy.rollback', { name: '{% $event.data.name %}' });
const fine: Automation = { on, start, retry: { maximumAttempts: 185, maximumAge: Duration.hours(24) } };

describe('automations', () => {
  test('that can do their work are accepted', () => {
    expect(problems({ on: schedule('rate(5 minutes)', { missed: 'skip' }), start })).toEqual([]);
    expect(problems({ on, start: { ...start, input: '{% $event.data %}' } })).toEqual([]);
  });

  test.each<[string, Automation, RegExp]>([
    ['an unknown operation', { on, start: { ...start, operation: 'deploy.rolback' } }, /no operation "deploy.rolback"/],
    ['a name of Object', { on, start: { ...start, operation: 'toString' } }, /no operation "toString"/],
    [
      'an unknown workflow',
      { on, start: { kind: 'workflow', workflow: 'depoly', input: {} } },
      /"depoly"; there are: deploy/,
    ],
    [
      'an unknown provider',
      { on, start: { ...start, provider: 'prod' } },
      /no provider "prod"; the configuration has local/,
    ],
    ['an input of the wrong type', { on, start: { ...start, input: { name: 7 } } }, /deploy.rollback input name: /],
    [
      'an unknown key beside a template',
      { on, start: { ...start, input: { name: '{% $event.id %}', to: 1 } } },
      /"to"/,
    ],
    ['a missing key', { on, start: { ...start, input: {} } }, /deploy.rollback input name: /],
    [
      'a template that is not JSONata',
      { on, start: { ...start, input: { name: '{% $event. %}' } } },
      /input.name: .*not JSONata/,
    ],
    ['an invalid pattern', { on: event({ type: 'shop.order' }), start }, /event pattern \/type: /],
    [
      'a pattern that can never match',
      { on: event({ type: ['cloudlib.deploy.rollbak.failed'] }), start },
      /can never match: type: .* did you mean cloudlib.deploy.rollback.failed\?/,
    ],
    ['an invalid match', { on: webhook.github({ secret: 's', match: { ref: [] } }), start }, /match \/ref: /],
    ['a topic that is none', { on: webhook.sns({ topic: 'orders' }), start }, /topic: "orders" is not the ARN/],
    [
      'a signature that signs nothing',
      { on: webhook.hmac({ secret: 's', signature: { header: 'X-Sig', content: '' } }), start },
      /signature: content: \{body\} is missing/,
    ],
    [
      'a rate that is none',
      { on: webhook.github({ secret: 's', rateLimit: { requests: 0, per: Duration.minutes(1) } }), start },
      /rateLimit.requests: 0/,
    ],
    ['a secret without a name', { on: webhook.gitlab({ secret: '' }), start }, /secret: name the secret/],
    ['an invalid expression', { on: { kind: 'schedule', expression: 'rate(1 minutes)' }, start }, /rate\(1 minutes\)/],
    ['an unknown time zone', { on: schedule('rate(1 day)', { timeZone: 'Mars/Base' }), start }, /Mars\/Base/],
    [
      'an end before the start',
      { on: schedule('rate(1 day)', { start: new Date(2), end: new Date(1) }), start },
      /it ends/,
    ],
    ['an order that nothing can have', { on: schedule('rate(1 day)'), start, ordered: true }, /ordered: only/],
    ['no HTTP address', { on, start: { kind: 'http', url: 'here' } }, /"here" is not an address/],
    [
      'an HTTP input that is not JSONata',
      { on, start: { kind: 'http', url: 'https://example.com', input: { a: '{% $event. %}' } } },
      /input.a: .*not JSONata/,
    ],
    [
      'a window of half a minute',
      { on: schedule('rate(1 day)', { flexibleWindow: Duration.seconds(30) }), start },
      /flexible window: 0.5 is not/,
    ],
    ['too many attempts', { on, start, retry: { maximumAttempts: 186 } }, /maximumAttempts: 186 .* 1 to 185/],
    ['an age that is no duration', { on, start, retry: { maximumAge: 'PT1H' as never } }, /maximumAge: PT1H is not/],
    ['too long an age', { on, start, retry: { maximumAge: Duration.hours(25) } }, /at most 24 hours/],
  ])('with %s are refused by name, and with what is wrong', (_what, automation, message) => {
    expect(problems(automation)).toEqual([expect.stringMatching(/^automation "the-one": [^\n]*$/)]);
    expect(problems(automation)[0]).toMatch(message);
  });

  test('are refused with everything that is wrong at once', () => {
    const wrong: Automation = { on: event({ type: [] }), start: { ...start, operation: 'a.b' } };
    expect(automationProblems({ one: wrong, two: wrong }, known)).toHaveLength(4);
  });

  test('are refused with the line of the part that is wrong', () => {
    const [problem] = problems({ on, start: operation('deploy.scale', { name: '{% $ %}', replicas: -1 }) });
    expect(problem).toMatch(/deploy\.scale input replicas: .* \(test\/infra\/local\/bus\/rules\.test\.ts:\d+\)$/);
  });

  test('with a schedule that is none are refused where they are written', () => {
    expect(() => schedule('every day')).toThrow(expect.objectContaining({ code: 'InvalidInput' }));
  });
});
