/** A command line to paste into a shell. */
export function pasted(line: readonly string[]): string {
  return ['polywire', ...line.map(quoted)].join(' ')
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/**
 * A command line to paste in which a mistyped word is mended.
 * @param wrong the word, a flag before its `=`, or a field behind its method: `nme=World` in `SayHello.nme=World`
 * @param right what stands there instead; undefined: nothing is close, and there is no line
 */
export function mended(line: readonly string[], wrong: string, right: string | undefined): string | undefined {
  const isWhole = (word: string) => word === wrong || word.startsWith(`${wrong}=`)
  const at = line.some(isWhole) ? line.findIndex(isWhole) : line.findIndex(word => word.endsWith(`.${wrong}`))
  const word = line[at]
  if (right === undefined || word === undefined) return undefined
  const start = isWhole(word) ? 0 : word.length - wrong.length
  return pasted(line.with(at, word.slice(0, start) + right + word.slice(start + wrong.length)))
}

/** A line in which a flag has a value, instead of the one that it had. */
export function withFlag(line: readonly string[], flag: string, value: string): string[] {
  const others = line.filter((word, at) => word !== flag && line[at - 1] !== flag && !word.startsWith(`${flag}=`))
  return [...others, flag, value]
}
