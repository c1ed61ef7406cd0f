import { isAscii, isUtf8 } from 'node:buffer';
import { bytesIn, DIGIT, FORM_FEED, HASH, NEWLINE, RETURN, SPACE, TAB } from './characters';

/** The bytes of a file as UTF-8, or why they aren't any. */
export interface Decoded {
  readonly bytes: Uint8Array;
  readonly message?: string;
}

/**
 * Decodes a source as CPython does: UTF-8, with or without a byte order mark, unless a comment in the first two lines
 * names another encoding (PEP 263). Of bytes that don't decode, the lines before the first wrong one are left.
 */
export function decode(source: Uint8Array): Decoded {
  const marked = source[0] === 0xef && source[1] === 0xbb && source[2] === 0xbf;
  const bytes = marked ? source.subarray(3) : source;
  // Nearly every file ends here: its cookie doesn't matter, when there is one, as long as it names a superset of ASCII.
  const cookie = cookieOf(bytes);
  if (cookie === undefined || UTF8.has(cookie) || cookie.startsWith('utf-8-')) return utf8(bytes);
  if (marked)
    return { bytes: EMPTY, message: `the encoding is ${cookie}, but the file begins as UTF-8 does` };
  return decodeAs(bytes, cookie);
}

const EMPTY = new Uint8Array();

function utf8(bytes: Uint8Array): Decoded {
  if (isUtf8(bytes)) return { bytes };
  return {
    bytes: linesThat(isUtf8, bytes),
    message: 'these bytes are not UTF-8, and no comment names an encoding',
  };
}

function decodeAs(bytes: Uint8Array, cookie: string): Decoded {
  if (ASCII.has(cookie)) {
    if (isAscii(bytes)) return { bytes };
    return { bytes: linesThat(isAscii, bytes), message: 'the encoding is ASCII, but these bytes are not' };
  }
  if (LATIN1.has(cookie) || cookie.startsWith('latin-1-') || cookie.startsWith('iso-8859-1-'))
    return { bytes: Buffer.from(Buffer.from(bytes).toString('latin1')) };
  const label = labelOf(cookie);
  if (!label) return { bytes: EMPTY, message: `the encoding ${cookie} can't be read` };
  try {
    return { bytes: Buffer.from(new TextDecoder(label, { fatal: true }).decode(bytes)) };
  } catch {
    return { bytes: EMPTY, message: `these bytes are not ${cookie}, which a comment names as the encoding` };
  }
}

/** The lines before the first that fails. */
function linesThat(pass: (bytes: Uint8Array) => boolean, bytes: Uint8Array): Uint8Array {
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, start) + 1 || bytes.length;
    if (!pass(bytes.subarray(start, end))) return bytes.subarray(0, start);
    start = end;
  }
  return bytes;
}

const UTF8 = new Set(['utf-8', 'utf8', 'u8', 'utf', 'cp65001']);
const ASCII = new Set(['ascii', 'us-ascii', '646', 'ansi-x3.4-1968']);
const LATIN1 = new Set(
  ['latin-1', 'latin1', 'latin', 'l1', 'iso-8859-1', 'iso8859-1', 'iso-latin-1', '8859'].concat('cp819'),
);

/** What the WHATWG calls an encoding of Python's; undefined for one that Node can't decode. */
function labelOf(cookie: string): string | undefined {
  const [family, number] = [cookie.slice(0, 4), cookie.slice(4)];
  if (family === 'cp12' && number.length === 2) return `windows-12${number}`;
  if (cookie.startsWith('iso8859-')) return `iso-8859-${cookie.slice(8)}`;
  if (cookie.startsWith('windows-125') || cookie.startsWith('iso-8859-')) return cookie;
  return LABELS.get(cookie);
}

const LABELS = new Map([
  ...['koi8-r', 'koi8-u', 'gbk', 'gb18030', 'big5', 'euc-jp', 'euc-kr'].map((name) => [name, name] as const),
  ['gb2312', 'gbk'],
  ['cp866', 'ibm866'],
  ['cp932', 'shift_jis'],
  ['shift-jis', 'shift_jis'],
  ['sjis', 'shift_jis'],
  ['eucjp', 'euc-jp'],
  ['euckr', 'euc-kr'],
  ['cp949', 'euc-kr'],
  ['mac-roman', 'macintosh'],
]);

/** The encoding that the first or second line names, normalised: `# -*- coding: Latin_1 -*-` is `latin-1`. */
function cookieOf(bytes: Uint8Array): string | undefined {
  let at = 0;
  for (let line = 0; line < 2; line++) {
    while (bytes[at] === SPACE || bytes[at] === TAB || bytes[at] === FORM_FEED) at++;
    if (bytes[at] !== HASH && bytes[at] !== NEWLINE && bytes[at] !== RETURN) return undefined;
    const start = at;
    while (at < bytes.length && bytes[at] !== NEWLINE && bytes[at] !== RETURN) at++;
    const cookie = cookieIn(Buffer.from(bytes.subarray(start, at)).toString('latin1'));
    if (cookie) return cookie;
    at += bytes[at] === RETURN && bytes[at + 1] === NEWLINE ? 2 : 1;
  }
  return undefined;
}

const IN_COOKIE = bytesIn('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.').map(
  (is, at) => is | DIGIT[at],
);

function cookieIn(comment: string): string | undefined {
  for (let at = comment.indexOf('coding'); at >= 0; at = comment.indexOf('coding', at + 1)) {
    let start = at + 'coding'.length;
    if (comment[start] !== ':' && comment[start] !== '=') continue;
    do start++;
    while (comment[start] === ' ' || comment[start] === '\t');
    let end = start;
    while (IN_COOKIE[comment.charCodeAt(end)]) end++;
    if (end > start) return normalised(comment.slice(start, end));
  }
  return undefined;
}

/** One name for all ways to write it, as Python's codecs have it: letters, digits and dots, with `-` between them. */
function normalised(name: string): string {
  return name
    .toLowerCase()
    .split(/[^a-z0-9.]+/)
    .filter(Boolean)
    .join('-');
}
