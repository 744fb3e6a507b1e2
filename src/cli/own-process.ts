import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Beside this file, in a bundle too. */
const main = fileURLToPath(new URL('./main.js', import.meta.url))

/** Runs a command line of polywire in another folder, as a process. */
export function ownProcess(
  line: readonly string[],
  cwd: string,
): Promise<{ readonly code: number; readonly err: string }> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...process.execArgv, main, ...line], { cwd }, (error, _, err) => {
      const code = error === null ? 0 : error.code
      if (typeof code === 'number') resolve({ code, err })
      else reject(error)
    })
  })
}
