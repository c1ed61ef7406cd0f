// What every TypeScript test of the workspace shares: swc compiles, Node's own conditions plus ours resolve.
module.exports = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['@fabrica/source', 'node', 'require', 'default'] },
  transform: {
    '^.+\\.[cm]?[tj]s$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
  },
  moduleFileExtensions: ['ts', 'js', 'cjs', 'mjs', 'json'],
  // A hung test ends; a busy machine fails none.
  testTimeout: 120_000,
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
};
