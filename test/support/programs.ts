import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'

/** Runs a compiled program of this repository to its end. @returns its exit code, and all that it printed */
export async function runProgram(path: string, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const program = new URL(`../../${path}`, import.meta.url).pathname
  const child = spawn(process.execPath, ['--conditions=polywire-development', program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output }
}

/**
 * Waits until a program has printed this text, however its output is cut into chunks. The stream is read on to its end:
 * a program whose pipe is closed dies of SIGPIPE with its next line.
 * @throws Error with all that it printed, if it ends first
 */
export function says(output: Readable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let printed = ''
    output.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk
      if (printed.includes(text)) resolve()
    })
    output.on('end', () => reject(new Error(`it ended without printing '${text}': ${printed}`)))
  })
}
