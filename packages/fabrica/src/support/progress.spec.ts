import { Progress, type Terminal } from './progress';

class Screen implements Terminal {
  readonly columns = 40;
  text = '';
  constructor(readonly isTTY: boolean) {}
  write(text: string): void {
    this.text += text;
  }
}

beforeAll(() => {
  process.env.NO_COLOR = '1';
});

/** Resolves when the screen shows a text. */
async function shows(screen: Screen, text: string): Promise<void> {
  while (!screen.text.includes(text)) await new Promise((next) => setImmediate(next));
}

describe('Progress', () => {
  it('prints one line for work that ended', async () => {
    const screen = new Screen(false);
    await new Progress({ terminal: screen }).phase('Environment', async () => 'unchanged');
    expect(screen.text).toBe('✓ Environment  unchanged\n');
  });

  it('names work that takes its time where there is no terminal', async () => {
    const screen = new Screen(false);
    await new Progress({ terminal: screen, quiet: 0 }).phase('Lock', async (work) => {
      work.detail('resolving');
      await shows(screen, '… Lock: resolving\n');
    });
    expect(screen.text).toMatch(/✓ Lock/);
  });

  it('has a live line on a terminal, which is gone at the end and never wider than it', async () => {
    const screen = new Screen(true);
    await new Progress({ terminal: screen, quiet: 0 }).quietly('Installing', async (work) => {
      work.detail('x'.repeat(100));
      await shows(screen, 'Installing: xxx');
    });
    expect(screen.text.endsWith('\r\u001b[2K')).toBe(true);
    const widths = screen.text.split('\r\u001b[2K').map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThan(screen.columns);
  });

  it('leaves the live line to the innermost work', async () => {
    const screen = new Screen(true);
    const progress = new Progress({ terminal: screen, quiet: 0 });
    await progress.quietly('Outer', async () => {
      await shows(screen, 'Outer');
      await progress.quietly('Inner', async () => {
        await shows(screen, 'Inner');
        screen.text = '';
        await shows(screen, 'Inner');
        expect(screen.text).not.toContain('Outer');
      });
    });
  });

  it('marks work that failed and passes the error on', async () => {
    const screen = new Screen(false);
    await expect(
      new Progress({ terminal: screen }).phase('Service', () => Promise.reject(new Error('no'))),
    ).rejects.toThrow('no');
    expect(screen.text).toBe('✗ Service\n');
  });
});
