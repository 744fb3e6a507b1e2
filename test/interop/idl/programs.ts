import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import type { WrittenFile } from '../../../src/idl/format.js'

/** A folder that is gone when the test ends. */
export async function folder(t: ExecutionContext, files: readonly WrittenFile[] = []): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'polywire-idl-'))
  t.teardown(() => rm(path, { recursive: true, force: true }))
  for (const file of files) {
    await mkdir(dirname(join(path, file.path)), { recursive: true })
    await writeFile(join(path, file.path), file.text)
  }
  return path
}

/** Runs a program; its failure has what it printed. */
export async function runs(program: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { cwd })
    return stdout
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string }
    throw new Error(`${program} ${args.join(' ')}:\n${stdout}${stderr}`)
  }
}
