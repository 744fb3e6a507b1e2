import { spawn } from 'node:child_process'
import { once } from 'node:events'

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
