import { execFileSync } from 'node:child_process';
import { shellWord } from './shell';

it.each(['plain', '--set=depth=8', "it's $HOME", 'a b', '', '*', '`x`', '--each=borough=Queens,Bronx'])(
  'is read back by a shell as it was: %s',
  (word) => {
    expect(execFileSync('sh', ['-c', `printf %s ${shellWord(word)}`], { encoding: 'utf8' })).toBe(word);
  },
);

it('leaves what means nothing to a shell as a person would type it', () => {
  expect(shellWord('--each=borough=Queens,Bronx')).toBe('--each=borough=Queens,Bronx');
});
