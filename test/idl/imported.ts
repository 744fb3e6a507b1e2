import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { classesOf } from '../../src/idl/classes.js'
import type { Contract, ExportFormat } from '../../src/idl/format.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { readSources } from '../../src/idl/read-source.js'

/** What an import makes of an export. */
export async function imported(t: ExecutionContext, format: ExportFormat, contract: Contract): Promise<Contract> {
  const cwd = await mkdtemp(join(tmpdir(), 'polywire-constructs-'))
  t.teardown(() => rm(cwd, { recursive: true, force: true }))
  const paths: string[] = []
  for (const { path, text } of format.write(contract)) {
    paths.push(join(cwd, path))
    await mkdir(dirname(join(cwd, path)), { recursive: true })
    await writeFile(join(cwd, path), text)
  }
  const { services, messages, others } = classesOf((await readSources(paths, [cwd])).files)
  return contractOf(Object.fromEntries([...services, ...messages, ...Object.entries(others)]))
}
