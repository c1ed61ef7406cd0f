import type { ExecutorContext } from '@nx/devkit';
import { testImage } from '../../images/test-image';
import { readProject } from '../../workspace';
import { runCommand, type CommonOptions } from '../command';

export interface TestImageExecutorOptions extends CommonOptions {
  /** What runs instead of all tests: a command with its arguments. */
  readonly args?: readonly string[];
}

/** Runs the tests of a project in its image: what is tested is what ships. */
export default function test(
  options: TestImageExecutorOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return runCommand(options, context, async (command) => {
    const project = readProject(command.root, command.folder);
    const record = await testImage(project, { ...command, args: options.args ?? [] });
    command.answer(
      { schema: 1, project: project.name, image: record.image, id: record.id, passed: true },
      '',
    );
  });
}
