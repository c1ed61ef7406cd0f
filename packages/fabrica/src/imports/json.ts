/** The offset of the first character that makes a text no JSON; undefined for JSON. Engines differ in telling it. */
export function brokenAt(text: string): number | undefined {
  const reader = new Reader(text);
  try {
    return reader.document() ? undefined : reader.at;
  } catch {
    return reader.at; // nested deeper than the stack
  }
}

class Reader {
  at = 0;

  constructor(private readonly text: string) {}

  document(): boolean {
    return this.value() && this.blanks() === undefined;
  }

  private value(): boolean {
    const first = this.blanks();
    if (first === '{')
      return this.list('}', () => this.blanks() === '"' && this.string() && this.take(':') && this.value());
    if (first === '[') return this.list(']', () => this.value());
    if (first === '"') return this.string();
    return this.match(/-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y);
  }

  /** Members, and commas between them, up to a bracket. */
  private list(close: string, member: () => boolean): boolean {
    this.at++;
    if (this.blanks() === close) return this.take(close);
    do if (!member()) return false;
    while (this.blanks() === ',' && this.take(','));
    return this.take(close);
  }

  private string(): boolean {
    this.at++;
    for (; this.text[this.at] >= ' ' && this.text[this.at] !== '"'; this.at++)
      if (this.text[this.at] === '\\' && !this.match(/\\(?:["\\/bfnrt]|u[\da-fA-F]{3}(?=[\da-fA-F]))/y))
        return false;
    return this.text[this.at] === '"' && ++this.at > 0;
  }

  private take(character: string): boolean {
    return this.blanks() === character && ++this.at > 0;
  }

  private blanks(): string | undefined {
    while (' \t\r\n'.includes(this.text[this.at] ?? '!')) this.at++;
    return this.text[this.at];
  }

  private match(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found !== null;
  }
}
