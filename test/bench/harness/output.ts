import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

/**
 * What a program prints on its standard output, without spaces around it.
 *
 * @throws Error if it ends with another code than 0, or takes more than five minutes
 */
export async function output(
  program: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return (await promisify(execFile)(program, [...args], { timeout: 300_000, ...options })).stdout.trim()
}
