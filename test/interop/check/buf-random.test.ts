import test from 'ava'
import { protobufRules } from '../../../src/idl/check/protobuf-rules.js'
import { folder } from '../idl/programs.js'
import { comparedIfValid, rulesOf, snapshotIn } from './buf-breaking.js'
import { type FilePart, fileText } from './file-text.js'
import { Random } from './random.js'
import { changeFile } from './random-changes.js'
import { randomFile } from './random-file.js'

/** buf asks the label, and so overlooks a field that a feature makes required: `check` does not. */
const overlooked = 'MESSAGE_SAME_REQUIRED_FIELDS'

test('check finds what buf breaking finds in files of every syntax, with options, features, groups and extensions', async t => {
  t.timeout(300_000)
  const random = new Random(14)
  const pairs = new Map<string, { readonly before: FilePart; readonly after: FilePart; readonly names: string[] }>()
  for (let count = 0; count < 1200; count++) {
    const pack = `p${String(count).padStart(4, '0')}`
    const before = randomFile(random, pack)
    const after = structuredClone(before)
    pairs.set(pack, { before, after, names: changeFile(random, after) })
  }
  const texts = [...pairs].flatMap(([pack, pair]) =>
    (['before', 'after'] as const).map(side => ({
      path: `${side}/${pack}/${pair[side].name}.proto`,
      text: fileText(pair[side]),
    })),
  )
  const { valid, all } = await comparedIfValid(await folder(t, texts), [...pairs.keys()])
  t.true(valid.size > 1000, `${valid.size} of ${pairs.size} are valid`)
  const [theirs, before, after] = all
  const met = new Set<string>()
  for (const pack of valid) {
    const expected = (theirs.get(pack) ?? []).sort()
    for (const rule of expected) met.add(rule)
    const pair = pairs.get(pack)
    const isByFeature = [pair?.before, pair?.after].some(file => JSON.stringify(file).includes('LEGACY_REQUIRED'))
    const ours = rulesOf(snapshotIn(before, pack), snapshotIn(after, pack))
    const name = `${pack}: ${pair?.before.syntax}, ${pair?.names.join(', ')}`
    if (!isByFeature) t.deepEqual(ours, expected, name)
    else {
      const without = (rules: readonly string[]) => rules.filter(rule => rule !== overlooked)
      t.deepEqual(without(ours), without(expected), name)
      t.true(ours.length >= expected.length, name)
    }
  }
  t.deepEqual(
    Object.keys(protobufRules).filter(rule => !met.has(rule)),
    [],
    'rules that no change breaks',
  )
})
