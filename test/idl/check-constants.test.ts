import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { snapshotOfModels } from '../../src/idl/check/snapshot.js'
import { thriftFindings } from '../../src/idl/check/thrift.js'
import { readSources } from '../../src/idl/read-source.js'

test('of two constants of one name the one that changed is found, whichever file it is in', async t => {
  const cwd = await mkdtemp(join(tmpdir(), 'polywire-constants-'))
  t.teardown(() => rm(cwd, { recursive: true, force: true }))
  const snapshot = async (a: number, b: number) => {
    const paths = ['a', 'b'].map(name => join(cwd, `${name}.thrift`))
    for (const [at, value] of [a, b].entries())
      await writeFile(paths[at] ?? '', `namespace js ${'ab'[at]}\nconst i32 LIMIT = ${value}\nstruct S { 1: i32 id }`)
    return snapshotOfModels(await readSources(paths, []))
  }
  const before = await snapshot(1, 2)
  for (const [now, at] of [
    [await snapshot(7, 2), 'a.LIMIT'],
    [await snapshot(1, 7), 'b.LIMIT'],
  ] as const)
    t.like(thriftFindings(before, now), [{ rule: 'THRIFT_CONST_VALUE_CHANGED', at }, undefined])
})
