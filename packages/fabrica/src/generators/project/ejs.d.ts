declare module 'ejs' {
  /** Fills a template; throws where it isn't right. */
  export function render(template: string, values: object): string;
}
