import { rm } from 'node:fs/promises'
import { extname, join } from 'node:path'
import test from 'ava'
import { contractOfModels } from '../../../src/idl/check/snapshot.js'
import { exportFormats } from '../../../src/idl/formats.js'
import { lockText } from '../../../src/idl/lock/format.js'
import { lockOf } from '../../../src/idl/lock/write.js'
import { readSources } from '../../../src/idl/read-source.js'
import { classesIn, type ImportedGroup } from './classes.js'
import { repository } from './corpus.js'
import { hardNames } from './names.js'
import { folder, runs } from './programs.js'

const formats = {
  thrift: 'thrift',
  avpr: 'avpr',
  avdl: 'avdl',
  proto: 'proto',
  binpb: 'proto',
  yaml: 'openapi',
} as const

test('hard names come in as classes that compile, and go out as they were, in every format', async t => {
  const cwd = await folder(
    t,
    Object.entries(hardNames).map(([path, text]) => ({ path, text })),
  )
  await runs('protoc', ['-I', cwd, '--include_source_info', '-o', 'e.binpb', 'c.proto'], cwd)
  const groups: (ImportedGroup & { readonly format: keyof typeof formats })[] = []
  for (const path of [...Object.keys(hardNames), 'e.binpb']) {
    const { files: models } = await readSources([join(cwd, path)], [cwd])
    groups.push({ name: path.replace('.', '_'), models, format: extname(path).slice(1) as keyof typeof formats })
  }
  const classes = join(repository, 'build/hard-names')
  await rm(classes, { recursive: true, force: true })
  t.teardown(() => rm(classes, { recursive: true, force: true }))
  const loaded = await classesIn(classes, groups)
  for (const group of groups) {
    const contract = await loaded(group)
    const lock = lockText(lockOf(contract))
    t.is(lockText(lockOf(contractOfModels(group.models))), lock, `${group.name}: the model and its classes`)
    const files = exportFormats[formats[group.format]].write(contract)
    const out = await folder(t, files)
    const again = await readSources(
      files.map(({ path }) => join(out, path)),
      [out],
    )
    t.is(lockText(lockOf(contractOfModels(again.files))), lock, `${group.name}, exported`)
  }
})
