import { colour } from './colour';

/** What to type next, each with why, under one another. */
export function nextCommands(commands: readonly (readonly [command: string, why: string])[]): string[] {
  const width = Math.max(...commands.map(([command]) => command.length));
  return [
    colour('bold', 'Next'),
    ...commands.map(([command, why]) => `  ${command.padEnd(width)}  ${colour('dim', why)}`),
  ];
}
