import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import avro from 'avsc'
import { avroFindings } from '../../../src/idl/check/avro.js'
import { type Snapshot, snapshotOfModels } from '../../../src/idl/check/snapshot.js'
import { readSources } from '../../../src/idl/read-source.js'
import { folder } from '../idl/programs.js'
import { Random } from './random.js'
import { type NamedJson, RandomAvro } from './random-avro.js'

/** BACKWARD if the new type cannot read old data, FORWARD if the old one cannot read new data. */
function byAvsc(before: avro.Type, after: avro.Type): string[] {
  const reads = (reader: avro.Type, writer: avro.Type) => {
    try {
      reader.createResolver(writer)
      return true
    } catch {
      return false
    }
  }
  return [...(reads(after, before) ? [] : ['BACKWARD']), ...(reads(before, after) ? [] : ['FORWARD'])]
}

function byCheck(before: Snapshot, after: Snapshot): string[] {
  const rules = avroFindings(before, after).flatMap(({ level, rule }) => (level === 'break' ? [rule] : []))
  return ['BACKWARD', 'FORWARD'].filter(direction => rules.some(rule => rule.endsWith(`(${direction})`)))
}

test('check finds BACKWARD and FORWARD as the schema resolution of avsc has it, in 1,000 changes', async t => {
  t.timeout(120_000)
  const cwd = await folder(t)
  const snapshot = async (name: string, type: NamedJson) => {
    await writeFile(join(cwd, name), JSON.stringify(type))
    return snapshotOfModels(await readSources([join(cwd, name)], []))
  }
  const typeOf = (type: NamedJson) =>
    avro.Type.forSchema(structuredClone(type) as unknown as avro.Schema, { wrapUnions: true })
  const random = new Random(4)
  const verdicts = new Map<string, number>()
  for (let count = 0; count < 1_000; count++) {
    const made = new RandomAvro(random)
    const before: NamedJson = { ...made.record(), namespace: 'x' }
    const after = structuredClone(before)
    const names = made.change(after)
    const expected = byAvsc(typeOf(before), typeOf(after))
    const pair = [await snapshot('before.avsc', before), await snapshot('after.avsc', after)] as const
    t.deepEqual(byCheck(...pair), expected, `${names.join(', ')}: ${JSON.stringify([before, after])}`)
    const verdict = expected.join(' ')
    verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
  }
  // Every verdict is met often enough to mean something.
  t.is(verdicts.size, 4)
  t.true(Math.min(...verdicts.values()) >= 100, JSON.stringify([...verdicts]))
})
