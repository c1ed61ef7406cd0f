// Tests that start real processes: registries, environments, services.
module.exports = {
  ...require('../../jest.preset.js'),
  displayName: 'fabrica-e2e',
  rootDir: __dirname,
  testMatch: ['<rootDir>/e2e/**/*.e2e.ts'],
  maxWorkers: 1,
};
