module.exports = { ...require('../../jest.preset.js'), displayName: 'create-fabrica', rootDir: __dirname };
