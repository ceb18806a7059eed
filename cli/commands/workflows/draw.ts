import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { type Marks, marksOf, stateDiagram } from '../../diagram.ts';
import { unknownExecution } from '../../executions.ts';
import { CommandFailure } from '../../failure.ts';
import { readJson } from '../../input.ts';
import { action, type Session } from '../../session.ts';
import { visitsOf } from '../../visits.ts';

interface Options {
  execution?: string;
  output?: string;
}

/** `cloudlib workflows draw`: a workflow file as a Mermaid diagram. */
export const draw = (): Command =>
  new Command('draw')
    .description('draw a workflow file as a Mermaid state diagram')
    .argument('<file|->', 'a file in the Amazon States Language, - for standard input')
    .option('--execution <id>', 'mark the states that this execution went through')
    .option('--output <file>', 'write the diagram there')
    .action(
      action<Options>(async (session, file) => {
        const { terminal, options } = session;
        const { parse } = await import('../../../shared/semantics/states/index.ts');
        const machine = parse(await readJson(file!));
        const marks = options.execution === undefined ? undefined : await marksIn(session, options.execution);
        const diagram = stateDiagram(machine, marks);
        if (options.output !== undefined) write(options.output, diagram);
        terminal.result({ diagram, ...(options.output !== undefined && { file: options.output }) }, () =>
          options.output === undefined ? diagram : `drawn to ${options.output}`,
        );
      }),
    );

async function marksIn(session: Session<Options>, id: string): Promise<Marks> {
  const host = await session.host();
  if (!(await host.execution(id))) throw unknownExecution(id);
  return marksOf(visitsOf(await host.history(id)));
}

function write(file: string, diagram: string): void {
  try {
    writeFileSync(file, diagram);
  } catch (error) {
    throw new CommandFailure('InvalidInput', `cannot write ${file}: ${(error as NodeJS.ErrnoException).code}`, {
      hint: 'name a file in a folder that exists with --output',
      cause: error,
    });
  }
}
