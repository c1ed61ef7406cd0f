import { readFlags } from './flags';
import { callingManager, commandOf, readOptions, type Defaults } from './options';

const DEFAULTS: Defaults = { project: 'bikes', owner: 'anna', manager: 'npm' };
const read = (...args: string[]) => readOptions(readFlags(args), DEFAULTS);

describe('the command line', () => {
  it('needs a name alone', () => {
    expect(read('acme-science')).toMatchObject({
      said: 'acme-science',
      name: 'acme-science',
      project: 'bikes',
      owner: 'anna',
      manager: 'npm',
      git: true,
      fillIndex: false,
    });
  });

  it('names a folder elsewhere by its last part', () => {
    expect(read('../there/acme-science')).toMatchObject({
      said: '../there/acme-science',
      name: 'acme-science',
    });
  });

  it('says what is typed to do the same again', () => {
    const line =
      "npx create-fabrica acme --project churn --owner 'Anna K.' --package-manager pnpm --npm-registry https://npm.acme.example/ --pypi-index https://pypi.acme.example/simple/ --image-registry images.acme.example/science --fill-index --skip-git --yes";
    const again = commandOf(
      read(
        ...['acme', '--project=churn', '--owner', 'Anna K.', '--package-manager=pnpm', '--fill-index'],
        ...['--npm-registry=https://npm.acme.example', '--pypi-index=https://pypi.acme.example/simple/'],
        ...['--image-registry=images.acme.example/science', '--skip-git', '-y'],
      ),
    );
    expect(again).toBe(line);
  });

  it('takes the package manager that called', () => {
    expect(callingManager({ npm_config_user_agent: 'pnpm/10.34.8 npm/? node/v20' })).toBe('pnpm');
    expect(callingManager({ npm_config_user_agent: 'npm/11.19.1 node/v20' })).toBe('npm');
    expect(callingManager({})).toBe('npm');
  });
});

describe('mistakes', () => {
  it.each<[string[], string, string]>([
    [[], 'the workspace has no name', 'npx create-fabrica acme-science'],
    [['Acme Science'], `npm doesn't take "Acme Science" as a name`, 'npx create-fabrica acme-science'],
    [['acme', 'more'], 'one name is enough: what is "more"?', 'npx create-fabrica --help'],
    [['acme', '--projekt=x'], "Unknown option '--projekt'", 'npx create-fabrica --help'],
    [['acme', '--project'], "Option '--project <value>' argument missing", 'npx create-fabrica --help'],
    [['acme', '--project=Churn_1'], '"Churn_1" can\'t be the name of a project', '--project churn-1'],
    [['acme', '--package-manager=yarn'], '"yarn" is no package manager', '--package-manager npm, or pnpm'],
    [['acme', '--pypi-index=pypi.acme'], '--pypi-index is no address', '--pypi-index https://'],
    [['acme', '--image-registry=https://a.b'], 'without https://', '--image-registry registry.example.com'],
    [
      ['acme', '--pypi-index=https://me:hunter22@acme.example/'],
      'would be committed',
      'FABRICA_PYPI_PASSWORD',
    ],
    [
      ['acme', '--npm-registry=https://me:hunter22@acme.example/'],
      'would be committed',
      'npm login --registry=https://acme.example/',
    ],
  ])('%j', (args, message, hint) => {
    expect(() => read(...args)).toThrow(
      expect.objectContaining({
        name: 'CreateError',
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
    expect(() => read(...args)).not.toThrow('hunter22');
  });

  it('an owner that nobody knows', () => {
    expect(() => readOptions({ folder: 'acme' }, { ...DEFAULTS, owner: undefined })).toThrow(
      'no owner was given, and git knows no user.name',
    );
  });
});
