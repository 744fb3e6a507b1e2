import { misuse } from '../core/rpc-error.js'

/** A path with variables: `/v1/{name=shelves/*}:publish`. Source: google/api/http.proto, "Path template syntax". */
export interface PathTemplate {
  /** As it was written. */
  readonly text: string
  /** Literals as they are in a decoded path, an empty one behind a slash at the end, `*` for any one segment, `**` at the end for any number of segments. */
  readonly segments: readonly string[]
  /** The fields that segments hold. */
  readonly variables: readonly PathVariable[]
  /** What follows the colon at the end; empty if there is none. */
  readonly verb: string
}

/** A field of the request that some segments hold. */
export interface PathVariable {
  /** The field, with dots: `user.id`. */
  readonly field: string
  /** The index of its first segment. */
  readonly from: number
  /** The index after its last segment. */
  readonly to: number
}

/** Whether the variable's value can contain slashes. Then `%2F` in it stays as it is. */
export function hasSlashes({ segments }: PathTemplate, { from, to }: PathVariable): boolean {
  return to - from > 1 || segments[from] === '**'
}

/**
 * Parses a template.
 * @param where what it belongs to, for the error
 * @throws RpcError `failed_precondition` (`invalid_route`)
 */
export function parseTemplate(text: string, where: string): PathTemplate {
  return new Parser(text, where).parse()
}

class Parser {
  private at = 0
  private readonly segments: string[] = []
  private readonly variables: PathVariable[] = []

  constructor(
    private readonly text: string,
    private readonly where: string,
  ) {}

  parse(): PathTemplate {
    const { text, segments, variables } = this
    if (!this.take('/')) throw this.wrong('it must begin with a slash')
    this.readSegments(true)
    const verb = this.take(':') ? this.literal() : ''
    if (this.at < text.length) throw this.wrong(`${JSON.stringify(text.slice(this.at))} is not expected here`)
    const rest = segments.indexOf('**')
    if (rest >= 0 && rest < segments.length - 1) throw this.wrong('** must be the last segment')
    return Object.freeze({ text, segments, variables, verb })
  }

  private readSegments(canHaveVariables: boolean): void {
    do {
      if (this.take('**')) this.segments.push('**')
      else if (this.take('*')) this.segments.push('*')
      else if (canHaveVariables && this.take('{')) this.variable()
      // A slash at the end: a request for it has an empty segment there too.
      else if (canHaveVariables && this.at === this.text.length) this.segments.push('')
      else this.segments.push(this.literal())
    } while (this.take('/'))
  }

  private variable(): void {
    const field = this.match(/[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/y)
    if (field === undefined) throw this.wrong('a { must be followed by the name of a field, as in {id}')
    if (this.variables.some(other => other.field === field)) throw this.wrong(`{${field}} is there twice`)
    const from = this.segments.length
    if (this.take('=')) this.readSegments(false)
    else this.segments.push('*')
    if (!this.take('}')) throw this.wrong(`{${field} has no closing brace`)
    this.variables.push({ field, from, to: this.segments.length })
  }

  private literal(): string {
    const literal = this.match(/[^/:{}*=?#%\s\\]+/y)
    if (literal === undefined || literal === '.' || literal === '..')
      throw this.wrong(`a segment must be a name, *, ** or {field}, without any of % ? # = and spaces`)
    return literal
  }

  private take(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false
    this.at += token.length
    return true
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)?.[0]
    this.at += found?.length ?? 0
    return found
  }

  private wrong(problem: string): Error {
    return misuse('invalid_route', `${this.where}: the path ${JSON.stringify(this.text)} is not valid: ${problem}`)
  }
}
