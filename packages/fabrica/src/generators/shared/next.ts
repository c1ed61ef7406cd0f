/** Says what to type next: the last thing that a generator does, when all is written and locked. */
export function sayNext(
  commands: readonly string[],
  print = (text: string) => void process.stdout.write(text),
): void {
  print(`\nNext:\n${commands.map((command) => `  ${command}\n`).join('')}`);
}
