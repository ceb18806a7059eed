import { printableLine } from './plainText.ts';
import type { Paint } from './terminal.ts';
import { clockText, lengthText } from './times.ts';
import { type Branch, joinLoops, type RepeatedVisit, type StateVisit } from './visits.ts';

/** More items of a Map than this are not shown one by one; those that failed are shown first. */
const MOST_ITEMS = 10;

/** The headings of `visitRows`. */
export const VISIT_HEADINGS = ['ENTERED', 'STATE', 'TOOK', ''];

/** The states that were entered as the rows of a table, branches indented below their state. */
export function visitRows(visits: StateVisit[], running: boolean, paint: Paint, depth = 0): string[][] {
  return joinLoops(visits).flatMap((visit) => [
    stateRow(visit, running, paint, depth),
    ...branchRows(visit.branches ?? [], running, paint, depth + 1),
  ]);
}

function stateRow(visit: RepeatedVisit, running: boolean, paint: Paint, depth: number): string[] {
  const { state, enteredAt, exitedAt, took } = visit;
  const name = printableLine(state);
  return [
    paint.dim(clockText(enteredAt)),
    `${'  '.repeat(depth)}${markOf(visit, running, paint)} ${running && !exitedAt ? paint.cyan(name) : name}`,
    exitedAt ? lengthText(took) : '',
    notesOf(visit, paint),
  ];
}

/** Done, under way, or where it failed. */
function markOf({ exitedAt, error }: StateVisit, running: boolean, paint: Paint): string {
  if (exitedAt) return error === undefined ? paint.green('✓') : paint.yellow('!');
  return running && error === undefined ? paint.cyan('▸') : paint.red('✗');
}

function notesOf({ error, cause, attempts = 1, times }: RepeatedVisit, paint: Paint): string {
  const failure = error && `${paint.red(printableLine(error))} ${printableLine(cause ?? '')}`.trimEnd();
  const notes = [
    times > 1 ? paint.dim(`${times} times`) : '',
    attempts > 1 ? paint.yellow(`${attempts} attempts`) : '',
    failure ?? '',
  ];
  return notes.filter(Boolean).join('  ');
}

function branchRows(branches: Branch[], running: boolean, paint: Paint, depth: number): string[][] {
  const shown = chosen(branches);
  const rows = shown.flatMap((branch) => [
    ['', `${'  '.repeat(depth)}${paint.dim(`${branch.kind} ${branch.index}`)}`, '', ''],
    ...visitRows(branch.visits, running, paint, depth + 1),
  ]);
  const folded = branches.length - shown.length;
  if (folded > 0) rows.push(['', `${'  '.repeat(depth)}${paint.dim(`… and ${folded} more items`)}`, '', '']);
  return rows;
}

/** All branches, or of many items those that failed and then the first ones, in their order. */
function chosen(branches: Branch[]): Branch[] {
  if (branches.length <= MOST_ITEMS || branches[0]!.kind === 'branch') return branches;
  const failedFirst = [...branches].sort((a, b) => Number(hasFailed(b)) - Number(hasFailed(a)));
  const kept = new Set(failedFirst.slice(0, MOST_ITEMS));
  return branches.filter((branch) => kept.has(branch));
}

const hasFailed = ({ visits }: Branch): boolean => visits.some(({ error }) => error !== undefined);
