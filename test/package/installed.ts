import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export const root = fileURLToPath(new URL('../../..', import.meta.url))

const exec = promisify(execFile)

/** Runs a program to its end, within `timeout` milliseconds. Rejects with its output where it fails. */
export async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  timeout = 100_000,
): Promise<{ stdout: string }> {
  try {
    return await exec(program, args, { cwd, timeout, maxBuffer: 2 ** 26 })
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string }
    throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`, { cause: error })
  }
}

/** Packs the built package and installs it, with the peers that npm brings, into an empty folder. @returns the files in the tarball */
export async function installPacked(folder: string): Promise<readonly string[]> {
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root)
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ filename: string; files: { path: string }[] }]
  await writeFile(join(folder, 'package.json'), '{"name":"empty","private":true,"type":"module"}')
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--no-save']
  await run('npm', ['install', ...options, join(folder, packed.filename), '@types/node@20'], folder)
  return packed.files.map(file => file.path)
}
