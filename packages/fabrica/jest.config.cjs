module.exports = { ...require('../../jest.preset.js'), displayName: 'fabrica', rootDir: __dirname };
