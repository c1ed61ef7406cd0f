/** A word of a command line that names the target `test`: `p:test`, `-t=lint,test`, `test`. */
const TEST = /(^|[:=,])test($|[:,])/;

/**
 * The variables of Nx for a command: tests in a cluster are neither answered from its cache nor kept there.
 *
 * @param argv the words of the command line of Nx
 */
export function uncached(argv: readonly string[]): Record<string, string> {
  const away = argv.some((word) => /^--environment(=|$)/.test(word)) && argv.some((word) => TEST.test(word));
  return away ? { NX_SKIP_NX_CACHE: 'true' } : {};
}
