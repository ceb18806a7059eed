import { describe, expect, test } from '@jest/globals';
import { defineConfig, event, workflow } from '../../shared/configuration.ts';

const on = event({ type: ['shop.order'] });

describe('defineConfig()', () => {
  test('takes the workflows that the configuration has, with any input', () => {
    const { automations } = defineConfig({
      workflows: { resize: './resize.asl.json' },
      automations: {
        small: { on, start: workflow('resize', { width: 64 }) },
        usual: { on, start: workflow('resize') },
      },
    });
    expect(automations!.small!.start).toEqual({ kind: 'workflow', workflow: 'resize', input: { width: 64 } });
    expect(automations!.usual!.start.input).toEqual({});
  });

  test('refuses at compile time a workflow that there is not, and an input that a workflow of CloudLib does not take', () => {
    // @ts-expect-error there is "resize" and no "resiez"
    defineConfig({ workflows: { resize: './resize.asl.json' }, automations: { a: { on, start: workflow('resiez') } } });
    // @ts-expect-error there is none besides those of CloudLib
    defineConfig({ automations: { a: { on, start: workflow('resize') } } });
    // @ts-expect-error deploy takes a configuration and artifacts
    expect(workflow('deploy', { name: 'sentiment' }).workflow).toBe('deploy');
  });

  test('refuses a name of an automation that is no path', () => {
    expect(() => defineConfig({ automations: { 'On Push': { on, start: workflow('deploy', {} as never) } } })).toThrow(
      expect.objectContaining({ code: 'InvalidInput', message: expect.stringContaining('automation "On Push"') }),
    );
  });
});
