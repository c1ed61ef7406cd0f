import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import globals from 'globals';
import * as jsonc from 'jsonc-eslint-parser';
import ts from 'typescript-eslint';

export default [
  {
    ignores: [
      '**/dist',
      '**/node_modules',
      '**/.venv',
      '**/.fabrica',
      '**/.nx',
      '**/files/**',
      'projects/**',
    ],
  },
  js.configs.recommended,
  ...ts.configs.recommended,
  {
    files: ['**/*.ts'],
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-explicit-any': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.cjs', '**/*.js', '**/*.mjs'],
    languageOptions: { globals: globals.node },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    // Generators, executors and migrations that Nx can load: every factory and schema exists and is valid.
    files: ['package', 'generators', 'executors', 'migrations'].map((name) => `packages/*/${name}.json`),
    plugins: { '@nx': nx },
    languageOptions: { parser: jsonc },
    rules: { '@nx/nx-plugin-checks': 'error' },
  },
  prettier,
];
