/**
 * Replaces ranges of a text. A replacement keeps the line breaks of what it replaces, so every line stays where it was: a source map is not
 * needed, and none has the text that was taken out.
 */
export class Edits {
  private readonly ranges: { readonly start: number; readonly end: number; readonly text: string }[] = []

  /** A range within one that is replaced already, or replaced later, has no effect. */
  replace({ start, end }: { readonly start: number; readonly end: number }, text = ''): void {
    this.ranges.push({ start, end, text })
  }

  /** Whether a replaced range holds this one. */
  holds({ start, end }: { readonly start: number; readonly end: number }): boolean {
    return this.ranges.some(range => range.start <= start && end <= range.end)
  }

  applyTo(code: string): string {
    const sorted = this.ranges.toSorted((one, other) => one.start - other.start || other.end - one.end)
    let [result, at] = ['', 0]
    for (const { start, end, text } of sorted) {
      if (start < at) continue
      result += code.slice(at, start) + text + code.slice(start, end).replace(/[^\n]+/g, '')
      at = end
    }
    return result + code.slice(at)
  }
}
