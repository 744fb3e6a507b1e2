import type {
  ErrorOptions,
  MessageOptions,
  MethodOptions,
} from '../../protocols/standard-services/descriptor-messages.js'

// Declared errors in the text of a .proto. Descriptors have them as options, which a file could only name by importing another one that no
// peer has. In comments the file stays whole: docs/decisions/declared-errors.md.

/** What the comment of a method or a message says beside its description. */
export interface Directives {
  readonly doc: string | undefined
  /** As written: with or without the package. */
  readonly throws: readonly string[]
  readonly error: ErrorOptions | undefined
}

/** The lines that stand below the description. */
export function directivesOf(options: (MethodOptions & MessageOptions) | undefined): string[] {
  const { throws = [], error } = options ?? {}
  const parts = [error?.code && `code=${error.code}`, error?.text && `text=${error.text}`].filter(Boolean)
  return [
    ...(throws.length === 0 ? [] : [`polywire:throws ${throws.join(', ')}`]),
    ...(error === undefined ? [] : [['polywire:error', ...parts].join(' ')]),
  ]
}

/** Takes directives out of a comment. */
export function readDirectives(comment: string | undefined): Directives {
  const throws: string[] = []
  let error: ErrorOptions | undefined
  const rest: string[] = []
  for (const line of comment?.split('\n') ?? []) {
    const [, kind, text = ''] = directive.exec(line) ?? []
    if (kind === undefined) rest.push(line)
    else if (kind === 'throws') throws.push(...text.split(/[\s,]+/).filter(name => name !== ''))
    else error = { ...error, ...valuesIn(text) }
  }
  return { doc: rest.join('\n').trim() || undefined, throws, error }
}

const directive = /^polywire:(throws|error)(?:\s+(.*))?$/

function valuesIn(text: string): ErrorOptions {
  const [, code] = /(?:^|\s)code=(\w+)/.exec(text) ?? []
  const [, field] = /(?:^|\s)text=(\w+)/.exec(text) ?? []
  return { ...(code !== undefined && { code }), ...(field !== undefined && { text: field }) }
}
