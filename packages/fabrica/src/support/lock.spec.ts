import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from './lock';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fabrica-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('withLock', () => {
  it('lets one in at a time, and everybody in the end', async () => {
    let inside = 0;
    const most: number[] = [];
    const work = async (): Promise<void> => {
      most.push(++inside);
      await new Promise((next) => setImmediate(next));
      inside--;
    };
    await Promise.all(Array.from({ length: 8 }, () => withLock(root, 'x', work)));
    expect(most).toEqual(Array(8).fill(1));
  });

  it('passes errors on and is free afterwards', async () => {
    await expect(withLock(root, 'x', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(withLock(root, 'x', async () => 'yes')).resolves.toBe('yes');
  });

  it('is free when its holder was killed', async () => {
    const folder = join(root, '.fabrica', 'locks', 'x');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, '7'), JSON.stringify({ pid: process.pid, identity: 'of another time' }));
    await expect(withLock(root, 'x', async () => 'mine')).resolves.toBe('mine');
  });

  it('can be waited for no longer', async () => {
    const controller = new AbortController();
    let waiting: Promise<unknown> | undefined;
    await withLock(root, 'x', async () => {
      waiting = withLock(root, 'x', async () => undefined, {
        signal: controller.signal,
        onWait: () => controller.abort(new Error('enough')),
      });
      await expect(waiting).rejects.toThrow('enough');
    });
  });

  it('leaves no more than its last turn', async () => {
    for (let i = 0; i < 5; i++) await withLock(root, 'x', async () => undefined);
    const left = readdirSync(join(root, '.fabrica', 'locks', 'x'));
    expect(left.sort()).toEqual(['5', '5.done']);
    expect(existsSync(join(root, '.fabrica', 'locks', 'y'))).toBe(false);
  });
});
