import { execFile } from 'node:child_process'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { programPath } from '../harness/program-path.js'
import type { Report } from '../harness/report.js'
import { cpp } from './cpp/build.js'
import type { ForeignEcho } from './foreign-echo.js'
import { go } from './go/build.js'

const sources = fileURLToPath(new URL('../../../../test/bench/grpc', import.meta.url))

/** gRPC in other languages. */
export const foreignEchoes: readonly ForeignEcho[] = [cpp, go]

/**
 * Builds what this machine can build, and removes it when `use` has ended. The report says what was left out, and which packages it takes.
 *
 * @param use gets the path of each program by its name
 */
export async function withForeignPrograms(
  report: Report,
  echoes: readonly ForeignEcho[],
  use: (programs: ReadonlyMap<string, string>) => Promise<void>,
): Promise<void> {
  const programs = new Map<string, string>()
  const folders: string[] = []
  try {
    for (const echo of echoes) {
      const missing = await missingPackages(echo)
      if (missing.length > 0) {
        report.leaveOut(echo.name, `not built, it needs: apt-get install ${missing.join(' ')}`)
        continue
      }
      await report.attempt(echo.name, async () => {
        const folder = await mkdtemp(join(tmpdir(), 'polywire-bench-'))
        folders.push(folder)
        programs.set(echo.name, await echo.build(sources, folder))
        report.versions[echo.name] = await echo.version()
      })
    }
    await use(programs)
  } finally {
    for (const folder of folders) await rm(folder, { recursive: true, force: true })
  }
}

/** What would have to be installed to build it. */
async function missingPackages({ needs }: ForeignEcho): Promise<readonly string[]> {
  const missing = new Set<string>()
  for (const need of needs) if (!(await isThere(need))) missing.add(need.package)
  return [...missing]
}

async function isThere({ what, of }: ForeignEcho['needs'][number]): Promise<boolean> {
  if (of === 'program') return (await programPath(what)) !== undefined
  const found = of === 'path' ? access(what) : promisify(execFile)('pkg-config', ['--exists', what])
  return found.then(
    () => true,
    () => false,
  )
}
