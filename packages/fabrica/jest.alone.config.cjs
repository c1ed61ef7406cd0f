// Tests that end what others use meanwhile: they run after all others, one by one.
module.exports = {
  ...require('./jest.e2e.config.cjs'),
  displayName: 'fabrica-e2e-alone',
  testMatch: ['<rootDir>/e2e/alone/*.e2e.ts'],
  testPathIgnorePatterns: [],
  maxWorkers: 1,
  globalSetup: undefined,
};
