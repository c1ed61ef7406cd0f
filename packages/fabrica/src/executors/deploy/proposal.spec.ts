import { proposalOf, type PlanDocument } from './proposal';

const parameter = (type: string, value?: unknown, more: object = {}) => ({
  default: value,
  jsonSchema: { type, ...more },
});

/** As the runner writes it: parameters by name, steps by order. */
const plan: PlanDocument = {
  each: { parameter: 'year' },
  gate: { model: 'model' },
  parameters: {
    cutoff: parameter('string', '2019-03-25'),
    fewest: parameter('integer', 200),
    iterations: parameter('integer', 15),
    rate: parameter('number', 0.1),
    year: parameter('integer', 2019),
  },
  steps: [
    { parameters: ['year', 'cutoff', 'fewest'], products: [{ name: 'trips' }] },
    { parameters: ['year', 'iterations', 'rate'], products: [{ name: 'model' }] },
  ],
};

const withParameters = (parameters: PlanDocument['parameters'], names: string[]): PlanDocument => ({
  parameters,
  steps: [{ parameters: names, products: [] }],
});

describe('proposalOf', () => {
  it("doubles the first number that the model's step takes, which is not the value that it runs for", () => {
    expect(proposalOf(plan, [])).toBe('iterations=30');
  });

  it('doubles what the run was given', () => {
    expect(proposalOf(plan, ['--set', 'iterations=30'])).toBe('iterations=60');
    expect(proposalOf(plan, ['--settings', '{"iterations": 40}', '--set', 'rate=1'])).toBe('iterations=80');
    expect(proposalOf(plan, ['--each', 'year=2020'])).toBe('iterations=30');
  });

  it('doubles the default where the run was given less: the next try is no worse than the default', () => {
    expect(proposalOf(plan, ['--set', 'iterations=3'])).toBe('iterations=30');
  });

  it('doubles what a required parameter was given', () => {
    const required = withParameters({ one: parameter('integer') }, ['one']);
    expect(proposalOf(required, ['--set', 'one=3'])).toBe('one=6');
  });

  it('takes a parameter of another step where no gate names a model', () => {
    expect(proposalOf({ ...plan, gate: null }, [])).toBe('fewest=400');
  });

  it.each([
    ['a text', parameter('string', '2019-03-25')],
    ['a flag', parameter('boolean', true)],
    ['required', parameter('integer')],
    ['zero', parameter('number', 0)],
    ['one of a few', parameter('integer', 3, { enum: [3, 4] })],
  ])('proposes nothing for a parameter that is %s', (_, one) => {
    expect(proposalOf(withParameters({ one }, ['one']), [])).toBeUndefined();
  });

  it('proposes nothing for a plan of which it knows nothing, nor for settings that the runner refuses', () => {
    expect(proposalOf({}, [])).toBeUndefined();
    expect(proposalOf(plan, ['--set', 'iterations', '--settings', '{'])).toBe('iterations=30');
  });
});
