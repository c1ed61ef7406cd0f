import { didYouMean, nearest } from './suggest';

test('nearest', () => {
  expect(nearest('trian', ['score', 'train'])).toBe('train');
  expect(nearest('Train', ['train'])).toBe('train');
  expect(nearest('publish', ['train', 'score'])).toBeUndefined();
  expect(nearest('x', [])).toBeUndefined();
});

test('didYouMean', () => {
  expect(didYouMean('ownr', ['owner'])).toBe('; did you mean "owner"?');
  expect(didYouMean('foo', ['owner'])).toBe('');
});
