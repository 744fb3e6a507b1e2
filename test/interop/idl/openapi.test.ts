import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Validator } from '@seriousme/openapi-schema-validator'
import test from 'ava'
import { contractOfModels } from '../../../src/idl/check/snapshot.js'
import { LeftOut } from '../../../src/idl/left-out.js'
import { lockOf } from '../../../src/idl/lock/write.js'
import { openapi } from '../../../src/idl/openapi/write.js'
import { readSources } from '../../../src/idl/read-source.js'
import { Refusal } from '../../../src/idl/refusal.js'
import { classesIn, type ImportedGroup } from './classes.js'
import { nameOf, openApiCorpus, openApiFiles, repository } from './corpus.js'

/** Every operation and document that is refused, for review. `POLYWIRE_WRITE_REFUSED=1` writes it again. */
const refusedList = join(repository, 'test/interop/idl/refused-openapi.json')

test('public OpenAPI documents come in as classes, compile and go out as they were', async t => {
  t.timeout(600_000)
  const refused: string[] = []
  const groups: ImportedGroup[] = []
  for (const path of await openApiFiles()) {
    const leftOut = new LeftOut()
    try {
      const { files } = await readSources([path], [], leftOut)
      groups.push({ name: `document${groups.length}`, models: files })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refused.push(error.message)
    }
    refused.push(...leftOut.all)
  }
  const sentences = refused.map(sentence => sentence.replace(/\/\S*?(?=[:#])/, nameOf))
  if (process.env.POLYWIRE_WRITE_REFUSED) await writeFile(refusedList, `${JSON.stringify(sentences, undefined, 2)}\n`)
  t.deepEqual(sentences, JSON.parse(await readFile(refusedList, 'utf8')))
  t.log(`${groups.length} documents, and ${sentences.length} documents and operations refused`)
  t.true(groups.length >= 50)

  const loaded = await classesIn(join(openApiCorpus, 'classes'), groups)
  const folder = await mkdtemp(join(tmpdir(), 'polywire-openapi-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const path = join(folder, 'openapi.json')
  for (const group of groups) {
    const contract = await loaded(group)
    const text = openapi.write(contract)[0]?.text ?? ''
    const { valid, errors } = await new Validator().validate(JSON.parse(text))
    t.true(valid, `${group.models[0]?.source}: ${JSON.stringify(errors)}`)
    await writeFile(path, text)
    const { files } = await readSources([path], [])
    t.deepEqual(lockOf(contractOfModels(files)), lockOf(contract), group.models[0]?.source)
  }
})
