/** What a text stands for; its colour never carries a meaning that no word has. */
export type Tone = 'bold' | 'dim' | 'good' | 'warn' | 'bad'

export type Paint = (tone: Tone, text: string) => string

const escapes: Readonly<Record<Tone, number>> = { bold: 1, dim: 2, good: 32, warn: 33, bad: 31 }

const painted: Paint = (tone, text) => `\u001b[${escapes[tone]}m${text}\u001b[0m`
const plain: Paint = (_, text) => text

/**
 * How a stream is coloured, each stream by itself. `--color` wins over `NO_COLOR`, that over `FORCE_COLOR`, and those over what the stream
 * is.
 * @param when the value of `--color`
 */
export function paintOf(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv, when = 'auto'): Paint {
  if (when !== 'auto') return when === 'always' ? painted : plain
  if (isSet(env.NO_COLOR)) return plain
  if (isSet(env.FORCE_COLOR)) return env.FORCE_COLOR === '0' ? plain : painted
  return stream.isTTY && env.TERM !== 'dumb' ? painted : plain
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}
