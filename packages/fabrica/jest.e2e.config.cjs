// Tests that start real processes: registries, environments, services.
module.exports = {
  ...require('../../jest.preset.js'),
  displayName: 'fabrica-e2e',
  rootDir: __dirname,
  testMatch: ['<rootDir>/e2e/**/*.e2e.ts'],
  // See jest.alone.config.cjs.
  testPathIgnorePatterns: ['<rootDir>/e2e/alone/'],
  // Most of them wait for the network, an engine or a cluster: two at once, so that the cores of a small machine are in use.
  maxWorkers: 2,
  globalSetup: '<rootDir>/e2e/support/tools.ts',
};
