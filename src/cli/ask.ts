import { createInterface } from 'node:readline'
import { CliError } from './cli-error.js'

interface Streams {
  readonly stdin: NodeJS.ReadableStream
  readonly stderr: NodeJS.WritableStream
}

/**
 * Asks questions on a terminal, one after the other.
 * @returns a line for each, without white space at its ends; empty for those that the end of stdin left open
 * @throws CliError if Ctrl-C or SIGTERM ends it
 */
export async function ask(
  questions: readonly string[],
  { stdin, stderr }: Streams,
  signal: AbortSignal,
): Promise<string[]> {
  // Without `terminal` the terminal itself edits the line, and Ctrl-C stays a signal.
  const lines = createInterface({ input: stdin, terminal: false, signal })
  const next = lines[Symbol.asyncIterator]()
  const answers: string[] = []
  for (const question of questions) {
    stderr.write(question)
    const { value } = (await next.next()) as IteratorResult<string, undefined>
    if (signal.aborted) throw new CliError('nothing was written', { exit: (signal.reason as CliError).exit })
    answers.push(value?.trim() ?? '')
  }
  lines.close()
  return answers
}
