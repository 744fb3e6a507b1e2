import test from 'ava'
import { protobufRules } from '../../../src/idl/check/protobuf-rules.js'
import type { Snapshot } from '../../../src/idl/check/snapshot.js'
import { folder, runs } from '../idl/programs.js'
import { buf, compared, rulesOf, snapshotIn } from './buf-breaking.js'
import { cardinalityChanges, type Mutation, shopChanges, typeChanges } from './mutations.js'
import { type Proto, protoText, shop } from './shop-proto.js'

interface Case {
  readonly name: string
  readonly package: string
  readonly before: Proto
  readonly after: Proto
}

/** Each in a package of its own, so that buf compares all of them at once. */
function cases(): Case[] {
  const found: Case[] = []
  const add = (name: string, before: Mutation['mutate'], after: Mutation['mutate']) => {
    const pack = `p${String(found.length).padStart(4, '0')}`
    const [one, other] = [shop(pack), shop(pack)]
    before(one)
    after(other)
    found.push({ name, package: pack, before: one, after: other })
  }
  for (const [name, before, after] of [...typeChanges(), ...cardinalityChanges()]) add(name, before, after)
  const changes = shopChanges()
  const nothing = () => {}
  for (const { name, mutate } of changes) add(name, nothing, mutate)
  // Several at once, and each backwards. A sequence that repeats each time: no chance in a test.
  const apart = changes.filter(({ name }) => !/file|package|enum into|message|service/.test(name))
  for (const { name, mutate } of apart) add(`back: ${name}`, mutate, nothing)
  let seed = 7
  const next = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return apart[seed % apart.length] as Mutation
  }
  for (let count = 0; count < 200; count++) {
    const some = [next(), next(), next()]
    add(some.map(({ name }) => name).join(' + '), nothing, proto => {
      for (const one of some) one.mutate(proto)
    })
  }
  return found
}

/** Whether protoc would take it: combined mutations can give a name or a number twice. */
function isValid({ files }: Proto): boolean {
  const enums = files.flatMap(one => one.enums)
  const areEnumsValid = enums.every(({ members, reserved, allowAlias = false }) => {
    const numbers = new Set(members.map(one => one.number))
    const isReserved = members.some(one => reserved.includes(`${one.number}`) || reserved.includes(`"${one.name}"`))
    return !isReserved && allowAlias === numbers.size < members.length && new Set(reserved).size === reserved.length
  })
  const messages = files.flatMap(one => one.messages)
  return (
    areEnumsValid &&
    messages.every(({ fields, reserved }) => {
      const [numbers, names] = [new Set(fields.map(one => one.number)), new Set(fields.map(one => one.name))]
      const json = new Set(
        fields.map(one => one.jsonName ?? one.name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())),
      )
      const isFree = !reserved.some(one => names.has(one.replaceAll('"', '')) || numbers.has(Number(one)))
      const once = new Set(reserved).size === reserved.length
      return [numbers, names, json].every(({ size }) => size === fields.length) && isFree && once
    })
  )
}

function treeOf(all: readonly Case[], side: 'before' | 'after') {
  return all.flatMap(one =>
    one[side].files.map(file => ({ path: `${one.package}/${file.name}.proto`, text: protoText(file, one.package) })),
  )
}

test('check has every rule of buf, with its categories', async t => {
  const out = await runs(
    process.execPath,
    [buf, 'config', 'ls-breaking-rules', '--version', 'v2', '--format', 'json'],
    '.',
  )
  const theirs = new Map(
    out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { id: string; categories: string[] })
      .map(({ id, categories }) => [id, categories.filter(one => one !== 'CSR').sort()]),
  )
  const ours = new Map(Object.entries(protobufRules).map(([rule, categories]) => [rule, [...categories].sort()]))
  t.deepEqual(ours, new Map([...theirs].sort(([one], [other]) => (one < other ? -1 : 1))))
})

test('check finds what buf breaking finds, rule by rule, in more than 500 mutations', async t => {
  const all = cases().filter(({ before, after }) => isValid(before) && isValid(after))
  t.true(all.length > 700, `${all.length} mutations`)
  const cwd = await folder(t, [
    ...treeOf(all, 'before').map(({ path, text }) => ({ path: `before/${path}`, text })),
    ...treeOf(all, 'after').map(({ path, text }) => ({ path: `after/${path}`, text })),
  ])
  const [theirs, before, after] = await compared(cwd)
  let found = 0
  for (const { name, package: pack } of all) {
    const pair = [snapshotIn(before, pack), snapshotIn(after, pack)] as const
    const ours = rulesOf(...pair)
    const expected = (theirs.get(pack) ?? []).sort()
    found += expected.length
    t.deepEqual(ours, expected, name)
    // The same from classes, which have no files: but for what only files, or the JSON names of a oneOf's cases, can tell.
    if (/json_name|alias|file|package|swap|enum into/.test(name)) continue
    const classes = pair.map((one): Snapshot => ({ ...one, descriptors: undefined })) as [Snapshot, Snapshot]
    t.deepEqual(withoutFiles(rulesOf(...classes)), withoutFiles(expected), `classes: ${name}`)
  }
  t.true(found > 1500, `${found} findings`)
})

const proto2 = [
  ['optional int32 v = 1;', 'required int32 v = 1;'],
  ['required int32 v = 1;', 'repeated int32 v = 1;'],
  ['optional int32 v = 1 [default = 4];', 'optional int32 v = 1 [default = 5];'],
  ['optional E v = 1 [default = B];', 'optional E v = 1;'],
  ['optional int32 v = 1 [default = 4];', 'optional int64 v = 1;'],
  ['optional int32 w = 2;', 'optional int32 w = 2; required string v = 1;'],
  ['optional int32 w = 2; required string v = 1;', 'optional int32 w = 2;'],
  ['optional int32 v = 1;', 'optional int64 v = 1;'],
] as const

test('required fields and defaults of proto2 are judged as by buf', async t => {
  const text = (pack: string, line: string) =>
    `syntax = "proto2"; package ${pack}; enum E { A = 0; B = 1; } message M { ${line} }`
  const packs = proto2.map((_, at) => `p${String(at).padStart(4, '0')}`)
  const tree = (side: 0 | 1) =>
    packs.map((pack, at) => ({
      path: `${side === 0 ? 'before' : 'after'}/${pack}/a.proto`,
      text: text(pack, proto2[at]?.[side] ?? ''),
    }))
  const cwd = await folder(t, [...tree(0), ...tree(1)])
  const [theirs, before, after] = await compared(cwd)
  for (const [at, pack] of packs.entries())
    t.deepEqual(
      rulesOf(snapshotIn(before, pack), snapshotIn(after, pack)),
      (theirs.get(pack) ?? []).sort(),
      `${proto2[at]}`,
    )
})

function withoutFiles(rules: readonly string[]): string[] {
  const apart = /^(?:FILE|MESSAGE|ENUM|SERVICE)_NO_DELETE$|^FIELD_SAME_JSON_NAME$/
  return rules.filter(rule => !apart.test(rule))
}
