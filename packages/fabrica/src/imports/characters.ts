// The bytes that Python's grammar knows by name. Sources are lexed as UTF-8 bytes, not as strings: what counts is
// ASCII, and reading a byte costs less than decoding a file.
export const NUL = 0;
export const TAB = 9;
export const NEWLINE = 10;
export const FORM_FEED = 12;
export const RETURN = 13;
export const SPACE = 32;
export const BANG = 33;
export const DOUBLE_QUOTE = 34;
export const HASH = 35;
export const PERCENT = 37;
export const SINGLE_QUOTE = 39;
export const OPEN = 40;
export const CLOSE = 41;
export const STAR = 42;
export const COMMA = 44;
export const DOT = 46;
export const COLON = 58;
export const SEMICOLON = 59;
export const EQUALS = 61;
export const QUESTION = 63;
export const OPEN_SQUARE = 91;
export const BACKSLASH = 92;
export const CLOSE_SQUARE = 93;
export const UNDERSCORE = 95;
export const OPEN_CURLY = 123;
export const CLOSE_CURLY = 125;

/** A table over all bytes: 1 for those of the text. A look-up is cheaper than comparisons in a loop over every byte. */
export function bytesIn(text: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of text) table[character.charCodeAt(0)] = 1;
  return table;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_';
export const DIGIT = bytesIn('0123456789');

/** What a name consists of, and what it begins with. Bytes above ASCII belong to a letter, in all that Python parses. */
export const IN_NAME = bytesIn(LETTERS + '0123456789').fill(1, 128);
export const STARTS_NAME = bytesIn(LETTERS).fill(1, 128);

/** The bracket that closes another. */
export const CLOSES = new Uint8Array(256);
CLOSES[OPEN] = CLOSE;
CLOSES[OPEN_SQUARE] = CLOSE_SQUARE;
CLOSES[OPEN_CURLY] = CLOSE_CURLY;

/** What ends the plain part of a statement; the lexer looks at nothing else. */
export const STOPS = bytesIn('\n"\'#\\()[]{};:?$`\0');
