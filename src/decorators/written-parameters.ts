/** A parameter as the source of its method has it. */
export interface WrittenParameter {
  /** Undefined if it is a pattern. A minifier may have changed it. */
  readonly name: string | undefined
  /** The source of its default value: `1` of `count = 1`. Undefined if it has none. */
  readonly initial: string | undefined
}

/** Comments and strings, whose brackets and commas mean nothing here, and the marks between parameters. */
const token =
  /\/\*[\s\S]*?\*\/|\/\/.*|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`|=>|\.\.\.|[([{,=}\])]|[^\s]/g

/**
 * The parameters in the source of a method, without a rest parameter. `Function.length` ends before the first one with a default value, and
 * only the source tells which have one.
 */
export function writtenParameters(method: unknown): readonly WrittenParameter[] {
  if (typeof method !== 'function') return []
  const source = Function.prototype.toString.call(method)
  const text = source.slice(source.indexOf('('))
  const parameters: WrittenParameter[] = []
  let depth = 0
  let start = 1
  let isNamed = false
  let initial = -1
  for (const { 0: mark, index } of text.matchAll(token)) {
    if (mark.startsWith('/*') || mark.startsWith('//')) continue
    if (depth === 1 && (mark === ',' || mark === ')')) {
      const end = initial < 0 ? index : initial - 1
      if (isNamed) {
        const name = nameIn(text.slice(start, end))
        parameters.push({ name, initial: initial < 0 ? undefined : text.slice(initial, index).trim() })
      }
      if (mark === ')') break
      start = index + 1
      isNamed = false
      initial = -1
    } else if (depth === 1 && mark === '...') break
    else if (depth === 1 && mark === '=' && initial < 0) initial = index + 1
    else if (depth > 0) isNamed = true
    if ('([{'.includes(mark)) depth++
    else if (')]}'.includes(mark)) depth--
  }
  return parameters
}

function nameIn(parameter: string): string | undefined {
  const name = parameter.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '').trim()
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : undefined
}
