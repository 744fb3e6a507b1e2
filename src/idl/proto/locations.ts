import type { SourceCodeInfo, SourceLocation } from '../../protocols/standard-services/descriptor-messages.js'
import type { Documented } from '../model.js'

/** Lines and comments of a .proto, by the paths of its descriptor. */
export class Locations {
  private readonly byPath = new Map<string, SourceLocation>()

  /** @param source the file, for messages */
  constructor(
    readonly source: string,
    info: SourceCodeInfo | undefined,
  ) {
    for (const location of info?.location ?? []) {
      const path = location.path.join('.')
      if (!this.byPath.has(path)) this.byPath.set(path, location)
    }
  }

  /** `proto/old.proto:3:8`, or the file alone where a server's reflection says no more. */
  place(path: readonly number[]): string {
    const span = this.byPath.get(path.join('.'))?.span ?? []
    const [line, column] = span
    // Descriptors made of classes have comments and empty spans.
    const isEmpty = span.length === 3 && column === span[2]
    return line === undefined || column === undefined || isEmpty
      ? this.source
      : `${this.source}:${line + 1}:${column + 1}`
  }

  documented(path: readonly number[], options: { readonly deprecated?: boolean | undefined } | undefined): Documented {
    const location = this.byPath.get(path.join('.'))
    const doc = [location?.leadingComments, location?.trailingComments].map(clean).find(text => text !== '')
    return { doc, deprecated: options?.deprecated === true }
  }

  /** The comment right above `syntax`. A licence stands apart from it. */
  heading(): string | undefined {
    return clean(this.byPath.get('12')?.leadingComments) || undefined
  }
}

function clean(comment: string | undefined): string {
  return (comment ?? '')
    .split('\n')
    .map(line => line.replace(/^ /, '').trimEnd())
    .join('\n')
    .trim()
}
