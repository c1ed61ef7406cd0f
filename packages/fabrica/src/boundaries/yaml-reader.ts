import type { Document, LineCounter, Node } from 'yaml';
import { yaml } from './on-demand';

/** A text of the file, and its line. */
export interface Text {
  readonly value: string;
  readonly line?: number;
}

/** Reads a YAML document with its lines: what a person wrote, not what a schema allows. */
export class YamlReader {
  constructor(
    private readonly document: Document,
    private readonly lines: LineCounter,
  ) {}

  /** What stands at a key; aliases and merged maps are followed. */
  get(node: unknown, key: string): unknown {
    return this.entries(node).find(([name]) => name === key)?.[1];
  }

  entries(node: unknown): [string, unknown][] {
    const { isMap, isScalar } = yaml();
    const map = this.real(node);
    if (!isMap(map)) return [];
    const own = map.items.map(
      ({ key, value }) => [isScalar(key) ? String(key.value) : '', value] as [string, unknown],
    );
    const merged = own
      .filter(([name]) => name === '<<')
      .flatMap(([, value]) => this.items(value).flatMap((one) => this.entries(one)));
    return [...own.filter(([name]) => name !== '<<'), ...merged];
  }

  /** The items of a list; what is no list is a list of one. */
  items(node: unknown): unknown[] {
    const list = this.real(node);
    return yaml().isSeq(list) ? list.items : list === undefined ? [] : [list];
  }

  texts(node: unknown): Text[] {
    const { isScalar } = yaml();
    return this.items(node).flatMap((item) => {
      const one = this.real(item);
      if (!isScalar(one) || typeof one.value !== 'string') return [];
      return [{ value: one.value, line: one.range ? this.lines.linePos(one.range[0]).line : undefined }];
    });
  }

  isMap(node: unknown): boolean {
    return yaml().isMap(this.real(node));
  }

  private real(node: unknown): unknown {
    const one = node as Node & { resolve?: (document: Document) => unknown };
    return one?.resolve ? one.resolve(this.document) : (node ?? undefined);
  }
}
