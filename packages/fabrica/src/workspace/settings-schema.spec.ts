import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SCHEMA_FILE, settingsJsonSchema } from './settings-schema';

/** `UPDATE_SCHEMAS=1 npx jest settings-schema` in packages/fabrica writes the file anew; then format it. */
describe('the JSON schema of fabrica.yaml', () => {
  const file = join(__dirname, '..', '..', SCHEMA_FILE);
  const expected = settingsJsonSchema();

  it('is the one that editors get', () => {
    if (process.env.UPDATE_SCHEMAS) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, JSON.stringify(expected, null, 2) + '\n');
    }
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(expected);
  });

  it('describes each key and refuses others', () => {
    const { properties, additionalProperties, required } = settingsJsonSchema() as {
      properties: Record<string, { description?: string }>;
      additionalProperties: boolean;
      required: string[];
    };
    expect(Object.keys(properties)).toEqual([
      'owner',
      'description',
      'pipelines',
      'service',
      'app',
      'test',
      'experiments',
      'develop',
      'boundaries',
      'environments',
      'template',
    ]);
    expect(Object.values(properties).every(({ description }) => description)).toBe(true);
    expect(additionalProperties).toBe(false);
    expect(required).toEqual(['owner']);
  });
});
