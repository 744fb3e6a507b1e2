/** The text of a source, to say where in it a name is declared. */
export class SourceText {
  constructor(
    readonly source: string,
    private readonly text: string,
  ) {}

  /** `zoo.thrift:12`: the first line with this name behind that of its owner; the file alone if it has none. */
  place(...names: readonly string[]): string {
    let from = 0
    for (const name of names) {
      const form = new RegExp(`(?<![\\w.])${name.replace(/[^\w]/g, '\\$&')}(?![\\w])`, 'g')
      form.lastIndex = from
      const found = form.exec(this.text)
      if (found !== null) from = found.index
    }
    return from === 0 ? this.source : `${this.source}:${this.text.slice(0, from).split('\n').length}`
  }
}
