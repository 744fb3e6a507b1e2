import test from 'ava'
import avsc from 'avsc'
import { schemaToJson } from '../../src/codecs/avro/schema.js'
import { AvroShapes } from '../../src/codecs/avro/shape.js'
import { avroFindings } from '../../src/idl/check/avro.js'
import { compare } from '../../src/idl/check/compare.js'
import { type Snapshot, snapshotOfModels } from '../../src/idl/check/snapshot.js'
import type { Lock } from '../../src/idl/lock/format.js'
import { readLock } from '../../src/idl/lock/read.js'

function snapshot({ services = {}, messages = {}, enums = {} }: Partial<Lock>): Snapshot {
  return snapshotOfModels({ files: [readLock({ services, messages, enums })], notes: [] })
}

const others = { 'a.Inner': ['1 x int32'], 'a.Other': ['1 y string required'] }
const enums = { 'a.State': ['0 NONE', '1 ON'], 'a.Colour': ['0 RED'] }

function message(...lines: string[]): Snapshot {
  return snapshot({ messages: { 'a.M': lines, ...others }, enums })
}

/** avsc, which is another implementation of the specification, says whether a reader can read a writer's data. */
function canRead(reader: avsc.Type, writer: avsc.Type): boolean {
  try {
    reader.createResolver(writer)
    return true
  } catch {
    return false
  }
}

function typeOf({ contract }: Snapshot): avsc.Type {
  const schema = contract.messages.find(({ name }) => name === 'a.M')
  if (schema === undefined) throw new Error('there is no message a.M')
  return avsc.Type.forSchema(schemaToJson(new AvroShapes().message(schema), new Set()) as avsc.Schema)
}

const types =
  'int32 int64 uint32 uint64 float double bool string bytes timestamp a.Inner a.Other a.State a.Colour'.split(' ')
const forms = [
  ...types.flatMap(type => [`1 v ${type}`, `1 v ${type} required`, `1 v list ${type}`, `1 v map string ${type}`]),
  ...types.filter(type => !/^a\.|timestamp/.test(type)).map(type => `1 v ${type} optional`),
  '1 w int32',
  '1 w int32 required',
  '1 w int32 once v',
  '1 v string in w',
  '1 v map int32 string',
]

test('a decimal of another scale or precision is another value', t => {
  for (const other of ['decimal(9,3)', 'decimal(8,2)']) {
    const [before, after] = [message('1 v decimal(9,2) required'), message(`1 v ${other} required`)]
    t.deepEqual(
      avroFindings(before, after).map(({ rule, level }) => [rule, level]),
      [['AVRO_LOGICAL_TYPE_CHANGED', 'warn']],
      other,
    )
  }
})

test('BACKWARD and FORWARD are what avsc says of the same schemas', t => {
  let broken = 0
  const all = forms.map(form => {
    const snapshot = message(form)
    return { form, snapshot, type: typeOf(snapshot) }
  })
  for (const { form: one, snapshot: before, type: old } of all)
    for (const { form: other, snapshot: after, type: now } of all) {
      const rules = avroFindings(before, after).filter(({ level }) => level === 'break')
      const says = (direction: string) => !rules.some(({ rule }) => rule.endsWith(`(${direction})`))
      broken += rules.length
      t.is(says('BACKWARD'), canRead(now, old), `BACKWARD: ${one} to ${other}`)
      t.is(says('FORWARD'), canRead(old, now), `FORWARD: ${one} to ${other}`)
    }
  t.true(broken > 1000, `${broken} findings`)
})

test('each incompatibility has its name and its place', t => {
  const found = (before: Snapshot, after: Snapshot) =>
    avroFindings(before, after).map(({ rule, at, level }) => `${level} ${rule} ${at}`)
  t.deepEqual(found(message('1 v int32'), message('1 v int64')), ['break AVRO_TYPE_MISMATCH (FORWARD) a.M.v'])
  t.deepEqual(found(message(), message('1 v int32 required')), [
    'break AVRO_READER_FIELD_MISSING_DEFAULT_VALUE (BACKWARD) a.M.v',
  ])
  t.deepEqual(found(message('1 v int32'), message('1 v int32 optional')), ['break AVRO_TYPE_MISMATCH (FORWARD) a.M.v'])
  t.deepEqual(found(message('1 v string in w', '2 u bytes in w'), message('1 v string in w')), [
    'break AVRO_MISSING_UNION_BRANCH (BACKWARD) a.M.u',
  ])
  t.deepEqual(found(message('1 v list a.Inner'), message('1 v list a.Other')), [
    'break AVRO_NAME_MISMATCH (BACKWARD) a.M.v',
    'break AVRO_READER_FIELD_MISSING_DEFAULT_VALUE (BACKWARD) a.Other.y',
    'break AVRO_NAME_MISMATCH (FORWARD) a.M.v',
  ])
  t.deepEqual(found(message('1 v int64'), message('1 v timestamp required')), ['warn AVRO_LOGICAL_TYPE_CHANGED a.M.v'])
})

test('an enum that loses a symbol is a warning, since readers have a default', t => {
  const state = (...members: string[]) =>
    snapshot({ messages: { 'a.M': ['1 v a.State'] }, enums: { 'a.State': ['0 NONE', ...members] } })
  t.deepEqual(
    avroFindings(state('1 ON'), state()).map(({ rule, at, level, why }) => [rule, at, level, why]),
    [['AVRO_ENUM_SYMBOL_UNKNOWN', 'a.State.ON', 'warn', 'a new reader of old data: ON is read as NONE']],
  )
})

const service = (method: string, ...lines: string[]) =>
  snapshot({
    services: { 'a.S': [method] },
    messages: { 'a.M': lines, 'a.R': [], 'a.E': ['error'], ...others },
    enums,
  })

test('a deployment in order asks one direction of requests and the other of replies', t => {
  const rules = (deploy: 'both' | 'servers-first' | 'clients-first', method: string) =>
    avroFindings(service(method, '1 v int32'), service(method, '1 v int64'), deploy).map(({ rule }) => rule)
  const forward = ['AVRO_TYPE_MISMATCH (FORWARD)']
  t.deepEqual(rules('both', 'Put (a.M) -> a.R'), forward)
  t.deepEqual(rules('servers-first', 'Put (a.M) -> a.R'), [])
  t.deepEqual(rules('clients-first', 'Put (a.M) -> a.R'), forward)
  t.deepEqual(rules('servers-first', 'Get (a.R) -> a.M'), forward)
  t.deepEqual(rules('clients-first', 'Get (a.R) -> a.M'), [])
})

test('messages of a protocol come, go and change', t => {
  const found = (before: string, after: string) =>
    compare(service(before), service(after))
      .changes.flatMap(({ findings }) => findings)
      .filter(({ wire }) => wire === 'avro')
      .map(({ rule, at }) => `${rule} ${at}`)
  t.deepEqual(found('Get (a.M) -> a.M', 'Find (a.M) -> a.M'), ['AVRO_MESSAGE_REMOVED a.S/Get'])
  t.deepEqual(found('Log (a.M) -> nothing', 'Log (a.M) -> nothing, oneway'), ['AVRO_ONE_WAY_CHANGED a.S/Log'])
  t.deepEqual(found('Get (a.M) -> a.M, throws a.E', 'Get (a.M) -> a.M'), [
    'AVRO_MISSING_UNION_BRANCH (BACKWARD) a.S/Get',
  ])
  t.deepEqual(found('Get (1 x int32) -> int32', 'Get (1 x int32, 2 y a.Inner) -> int32'), [
    'AVRO_READER_FIELD_MISSING_DEFAULT_VALUE (BACKWARD) a.S/Get.y',
  ])
  t.deepEqual(found('Watch (a.M) -> stream a.M', 'Look (a.M) -> stream a.M'), [])
})
