/**
 * The Amazon States Language: read, check and run a state machine that AWS Step Functions would run, without AWS.
 *
 * `execute` is a test double for a state machine: hand it the definition, an input, and a function that plays the tasks.
 */
export type { Json, JsonObject, QueryLanguage, State, StateMachine } from './definition.ts';
export type { CancelCommand, Command, Outcome, Redriven, Result, TaskCommand, TimerCommand } from './effects.ts';
export { ERRORS, StateError } from './errors.ts';
export { type ExecuteOptions, type ExecuteResult, execute, type TaskInfo } from './execute.ts';
export type { ExecutionContext, HistoryEvent } from './execution.ts';
export { run } from './interpreter.ts';
export { DEFAULT_LIMITS, type Limits } from './limits.ts';
export { parse } from './parse.ts';
export { taskFailure } from './taskFailure.ts';
export { evaluateTemplate } from './template.ts';
export { type Problem, validate } from './validate/index.ts';
