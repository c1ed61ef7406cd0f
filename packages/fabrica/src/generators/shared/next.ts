/** Says what to type next: the last thing that a generator does, when all is written and locked. */
export function sayNext(commands: readonly string[]): void {
  process.stdout.write(`\nNext:\n${commands.map((command) => `  ${command}\n`).join('')}`);
}
