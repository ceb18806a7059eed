/**
 * The schedule expressions of Amazon EventBridge: `cron(…)`, `rate(…)` and `at(…)`.
 *
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html (rules) and
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html (Scheduler, with time zones).
 */
export { describe } from './describe.ts';
export { withinWindow } from './flexibleWindow.ts';
export { type Due, type DueOptions, due, type Missed } from './missed.ts';
export { next, type OccurrenceOptions } from './next.ts';
export { type ParseOptions, parse } from './parse.ts';
export type {
  AtSchedule,
  CronSchedule,
  Days,
  RateSchedule,
  RateUnit,
  Schedule,
  Service,
} from './schedule.ts';
