import { execFile } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
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

/** Packs the built package as it is published. @returns the tarball */
export async function pack(folder: string): Promise<string> {
  const { stdout } = await run(process.execPath, [join(root, '.ci/pack.js'), folder], root)
  return stdout.trim()
}

/** Installs packages into a folder. A package that does not accept this version of Node fails. @returns the number of packages in it */
export async function install(folder: string, ...packages: readonly string[]): Promise<number> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'package.json'), '{"name":"empty","private":true,"type":"module"}')
  const options = ['--prefer-offline', '--no-audit', '--no-fund', '--engine-strict', '--ignore-scripts']
  await run('npm', ['install', ...options, ...packages], folder)
  const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as { packages: object }
  return Object.keys(lock.packages).length - 1
}
