import type { State, StateMachine } from '../shared/semantics/states/index.ts';
import type { StateVisit } from './visits.ts';

/** Longer conditions are cut. */
const LONGEST_LABEL = 40;

/** How a state of an execution stands; the last visit counts. */
export type Marks = Map<string, 'taken' | 'failed'>;

const CLASSES = [
  'classDef taken fill:#d5f5e3,stroke:#1e8449,color:#145a32',
  'classDef failed fill:#fadbd8,stroke:#b03a2e,color:#78281f',
];

/** A state machine as a Mermaid `stateDiagram-v2`; the states that an execution went through are marked. */
export function stateDiagram(machine: StateMachine, marks?: Marks): string {
  const drawing = new Drawing(marks);
  drawing.machine(machine, '  ');
  return `${['stateDiagram-v2', ...drawing.lines, ...(marks ? CLASSES.map((line) => `  ${line}`) : [])].join('\n')}\n`;
}

/** Which states were entered, and which of them an execution failed in. */
export function marksOf(visits: StateVisit[]): Marks {
  const marks: Marks = new Map();
  for (const { state, error, exitedAt, branches = [] } of visits) {
    marks.set(state, error !== undefined && !exitedAt ? 'failed' : 'taken');
    for (const branch of branches) for (const [name, mark] of marksOf(branch.visits)) marks.set(name, mark);
  }
  return marks;
}

class Drawing {
  readonly lines: string[] = [];
  readonly #marks: Marks | undefined;
  #states = 0;

  constructor(marks: Marks | undefined) {
    this.#marks = marks;
  }

  machine({ StartAt, States }: StateMachine, indent: string): void {
    const entries = Object.entries(States);
    const ids = new Map(entries.map(([name]) => [name, `s${++this.#states}`]));
    for (const [name, state] of entries) this.#state(name, ids.get(name)!, state, indent);
    this.lines.push(`${indent}[*] --> ${ids.get(StartAt)}`);
    for (const [name, state] of entries) {
      for (const { to, label } of transitionsOf(state)) {
        const target = to === undefined ? '[*]' : ids.get(to);
        this.lines.push(`${indent}${ids.get(name)} --> ${target}${label ? ` : ${text(label)}` : ''}`);
      }
    }
  }

  #state(name: string, id: string, state: State, indent: string): void {
    const inner = machinesIn(state);
    const title = state.Type === 'Map' ? `${name} (for each item)` : name;
    this.lines.push(`${indent}state "${text(title)}" as ${id}${inner.length ? ' {' : ''}`);
    inner.forEach((machine, i) => {
      if (i > 0) this.lines.push(`${indent}  --`);
      this.machine(machine, `${indent}  `);
    });
    if (inner.length) this.lines.push(`${indent}}`);
    const mark = this.#marks?.get(name);
    if (mark) this.lines.push(`${indent}class ${id} ${mark}`);
  }
}

interface Edge {
  /** Absent: the end. */
  to?: string;
  label?: string;
}

function transitionsOf(state: State): Edge[] {
  const ends = state.End === true || state.Type === 'Succeed' || state.Type === 'Fail';
  return [
    ...(state.Choices ?? []).map((rule) => ({ to: rule.Next, label: conditionOf(rule) })),
    ...(state.Default === undefined ? [] : [{ to: state.Default, label: 'otherwise' }]),
    ...(state.Next === undefined ? [] : [{ to: state.Next }]),
    ...(ends ? [state.Type === 'Fail' ? { label: 'fails' } : {}] : []),
    ...(state.Catch ?? []).map(({ Next, ErrorEquals }) => ({ to: Next, label: `catch ${ErrorEquals.join(', ')}` })),
  ];
}

function machinesIn({ Branches = [], ItemProcessor, Iterator: iterator }: State): StateMachine[] {
  const processor = ItemProcessor ?? iterator;
  return processor ? [processor] : Branches;
}

/** A rule in the words of its language: a JSONata condition, or `$.size NumericGreaterThan 3`. */
function conditionOf(rule: Record<string, unknown>): string {
  if (rule.Condition !== undefined) return String(rule.Condition).replace(/^\{%\s*|\s*%\}$/g, '');
  if (Array.isArray(rule.And)) return rule.And.map(conditionOf).join(' and ');
  if (Array.isArray(rule.Or)) return rule.Or.map(conditionOf).join(' or ');
  if (rule.Not) return `not ${conditionOf(rule.Not as Record<string, unknown>)}`;
  const operator = Object.keys(rule).find((key) => !['Variable', 'Next', 'Assign', 'Output', 'Comment'].includes(key));
  return `${rule.Variable} ${operator} ${JSON.stringify(operator && rule[operator])}`;
}

/** Text in a diagram, on one line and not too long; what Mermaid would read as its own signs is written as a character reference. */
function text(value: string): string {
  const line = value.replace(/\s+/g, ' ').trim();
  const short = line.length > LONGEST_LABEL ? `${line.slice(0, LONGEST_LABEL - 1)}…` : line;
  return short.replace(/[#;:"{}<>[\]\\%&|`]|\p{Cc}/gu, (sign) => `#${sign.codePointAt(0)};`);
}
