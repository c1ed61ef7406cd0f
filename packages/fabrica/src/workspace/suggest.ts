import leven from 'leven';

/**
 * The candidate that was probably meant; undefined when none is near.
 *
 * @example
 * nearest('trian', ['train', 'score']); // 'train'
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  // Two letters in the wrong order are two edits.
  const limit = word.length < 4 ? 1 : Math.max(2, Math.floor(word.length / 3));
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = leven(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= limit && distance < (best?.distance ?? Infinity)) best = { candidate, distance };
  }
  return best?.candidate;
}

/** `; did you mean "train"?`, or nothing. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const found = nearest(word, candidates);
  return found === undefined ? '' : `; did you mean "${found}"?`;
}
