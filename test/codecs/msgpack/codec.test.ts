import test, { type ExecutionContext } from 'ava'
import { msgpack, msgpackCompact } from '../../../src/codecs/msgpack/codec.js'
import { Field, Message } from '../../../src/decorators/message.js'
import { listOf, mapOf, string, uint32 } from '../../../src/schema/algebra.js'
import { codecContract, compile, invalid } from '../contract.js'
import { Choice, Item, Level, Lists, Maps, Mood, make, Optionals, PersonV2, Scalars, Tree } from '../fixture.js'

codecContract(msgpack)
codecContract(msgpackCompact, { newMembers: 'number' })

function write<T extends object>(message: T, codec = msgpack): string {
  return Buffer.from(compile(codec, message.constructor as new () => T).encode(message)).toString('hex')
}

function read<T>(type: new () => T, hex: string): T {
  return compile(msgpack, type).decode(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
}

/** A map of one entry under that key. */
function entry(key: string, value: string): string {
  return `81${(0xa0 | key.length).toString(16)}${Buffer.from(key).toString('hex')}${value}`
}

function refused(t: ExecutionContext, cases: readonly (readonly [new () => object, string, string | RegExp])[]): void {
  for (const [type, hex, message] of cases)
    t.is(invalid(t, () => read(type, hex), message).reason, 'invalid_message', hex)
}

test('fields stand under their names, or under their numbers in the compact form', t => {
  t.is(write(make(Item, { name: 'pen', price: 1.5 })), '82a46e616d65a370656ea57072696365cb3ff8000000000000')
  t.is(write(make(Item, { name: 'pen', price: 1.5 }), msgpackCompact), '8201a370656e02cb3ff8000000000000')
  t.is(write(make(Scalars, { mood: Mood.wild, level: Level.high })), 'de0002a56c6576656ca468696768a46d6f6f64a477696c64')
  t.is(write(make(Scalars, { mood: Mood.wild, level: Level.high }), msgpackCompact), 'de000215051601')
  t.is(write(make(Choice, { contact: { case: 'phone', value: 7n } })), entry('phone', '07'))
})

test('either form reads what the other writes', t => {
  const message = make(PersonV2, { name: 'Ann', age: 7, tags: ['x'], item: make(Item, { name: 'pen' }) })
  const named = compile(msgpack, PersonV2)
  const compact = compile(msgpackCompact, PersonV2)
  t.deepEqual(named.decode(compact.encode(message)), message)
  t.deepEqual(compact.decode(named.encode(message)), message)
})

@Message()
class Unnumbered {
  @Field(string) a = ''
  @Field(listOf(uint32)) b: number[] = []
}

test('a field without a number keeps its name in the compact form', t => {
  const message = make(Unnumbered, { a: 'x', b: [1] })
  t.is(write(message, msgpackCompact), '82a161a178a1629101')
  t.deepEqual(read(Unnumbered, '82a161a178a1629101'), message)
})

test('integers have their shortest form, and those of 64 bits are int 64', t => {
  const longs: [bigint, string][] = [
    [1n, '01'],
    [-1n, 'ff'],
    [-32n, 'e0'],
    [-33n, 'd0df'],
    [127n, '7f'],
    [128n, 'cc80'],
    [256n, 'cd0100'],
    [-129n, 'd1ff7f'],
    [65536n, 'ce00010000'],
    [-32769n, 'd2ffff7fff'],
    [2n ** 32n, 'd30000000100000000'],
    [-(2n ** 31n) - 1n, 'd3ffffffff7fffffff'],
    [2n ** 63n - 1n, 'd37fffffffffffffff'],
    [-(2n ** 63n), 'd38000000000000000'],
  ]
  for (const [int64, hex] of longs) t.is(write(make(Scalars, { int64 })), `de0001a5696e743634${hex}`)
  t.is(write(make(Scalars, { uint64: 2n ** 64n - 1n })), 'de0001a675696e743634cfffffffffffffffff')
})

test('integers are read in every form that holds them, whole floats included', t => {
  for (const form of ['05', 'cc05', 'cd0005', 'ce00000005', 'cf0000000000000005', 'd005', 'd10005', 'd200000005']) {
    t.is(read(Scalars, entry('int32', form)).int32, 5, form)
    t.is(read(Scalars, entry('uint64', form)).uint64, 5n, form)
    t.is(read(Scalars, entry('double', form)).double, 5, form)
  }
  t.is(read(Scalars, entry('int32', 'cb4014000000000000')).int32, 5)
  t.is(read(Scalars, entry('int64', 'ca40a00000')).int64, 5n)
  t.is(read(Scalars, entry('float', 'ca3f000000')).float, 0.5)
})

test('timestamps are the extension -1 in its three forms', t => {
  const times: [string, string][] = [
    ['1970-01-01T00:00:01Z', 'd6ff00000001'],
    ['2106-02-07T06:28:15Z', 'd6ffffffffff'],
    ['2106-02-07T06:28:16Z', 'd7ff0000000100000000'],
    ['1970-01-01T00:00:00.001Z', 'd7ff003d090000000000'],
    ['1969-12-31T23:59:59.999Z', 'c70cff3b8b87c0ffffffffffffffff'],
    ['9999-12-31T23:59:59.999Z', 'c70cff3b8b87c00000003afff4417f'],
  ]
  for (const [iso, hex] of times) {
    const timestamp = new Date(iso)
    t.is(write(make(Scalars, { timestamp })), `de0001a974696d657374616d70${hex}`, iso)
    t.deepEqual(read(Scalars, entry('timestamp', hex)).timestamp, timestamp, iso)
  }
  t.deepEqual(read(Scalars, entry('timestamp', 'c70cff000000000000000000000005')).timestamp, new Date(5000))
})

test('enums are read by name and by number; an open one keeps a number that it does not know', t => {
  t.is(read(Scalars, entry('level', 'a468696768')).level, Level.high)
  t.is(read(Scalars, entry('level', '05')).level, Level.high)
  t.is(read(Scalars, entry('level', '2a')).level, 42 as Level)
  t.is(read(Scalars, entry('mood', '01')).mood, Mood.wild)
})

test('nil is absent', t => {
  t.deepEqual(read(PersonV2, '83a46e616d65c0a772657472696573c0a46974656dc0'), new PersonV2())
})

test('unknown keys of any type and nesting are skipped', t => {
  const values = [
    'c0',
    'c2',
    '93010203',
    '81a16101',
    'dc000101',
    'c4020102',
    'c70301000000',
    'd40105',
    'd80100000000000000000000000000000000',
    'cb0000000000000000',
    'd9027878',
  ]
  for (const value of values) t.is(read(Item, `82a178${value}a46e616d65a161`).name, 'a', value)
  t.is(read(Item, '83c001c3029101a161').name, '')
  t.is(read(Item, `81a178${'91'.repeat(100_000)}00`).name, '')
})

test('what does not fit is refused with its path', t => {
  refused(t, [
    [Item, 'c0', 'demo.Item: expected map (demo.Item), got nil'],
    [Item, '93010203', 'demo.Item: expected map (demo.Item), got an array'],
    [Item, entry('name', '01'), 'name: expected string, got an integer'],
    [Item, entry('name', 'c40161'), 'name: expected string, got bytes'],
    [Item, entry('name', 'a1ff'), 'name: expected string, got bytes that are no UTF-8'],
    [Scalars, entry('int8', 'cc80'), 'int8: expected int8, got number 128'],
    [Scalars, entry('int32', 'cb3ff8000000000000'), 'int32: expected int32, got number 1.5'],
    [Scalars, entry('uint32', 'ff'), 'uint32: expected uint32, got number -1'],
    [Scalars, entry('int64', 'cfffffffffffffffff'), 'int64: expected int64, got bigint 18446744073709551615'],
    [Scalars, entry('bytes', 'a161'), 'bytes: expected bytes, got text'],
    [Scalars, entry('bool', '01'), 'bool: expected bool, got an integer'],
    [Scalars, entry('timestamp', '01'), 'timestamp: expected timestamp, got an integer'],
    [Scalars, entry('timestamp', 'd605ffffffff'), 'timestamp: expected timestamp, got an extension'],
    [Scalars, entry('timestamp', 'd7ffffffffff00000000'), /nanoseconds/],
    [Scalars, entry('mood', 'c3'), 'mood: expected demo.Mood (calm, wild), got a boolean'],
    [Lists, entry('ints', '9301a17802'), 'ints[1]: expected int32, got text'],
    [Maps, entry('counts', '81a161a162'), 'counts["a"]: expected int64, got text'],
    [Tree, entry('left', entry('name', '01')), 'left.name: expected string, got an integer'],
    [Item, '80c0', 'demo.Item: 1 bytes are left behind its end'],
    [Item, '', 'demo.Item: the message ends within a value'],
    [Item, '81a178c1', /0xc1/],
    [Optionals, entry('string', 'd9ff61'), 'string: the message ends within a value'],
  ])
})

test('a size beyond the bytes that follow is refused before anything is made of it', t => {
  refused(t, [
    [Lists, entry('ints', 'ddffffffff00'), 'ints: a size of 4294967295, but only 1 bytes follow'],
    [Maps, entry('counts', 'dfffffffff00'), 'counts: a size of 4294967295, but only 1 bytes follow'],
    [Item, 'dfffffffff', /a size of 4294967295, but only 0 bytes follow/],
    [Item, '81a178ddffffffff', /a size of 4294967295/],
    [Scalars, entry('bytes', 'c6ffffffff00'), 'bytes: the message ends within a value'],
    [Scalars, entry('string', 'dbffffffff00'), 'string: the message ends within a value'],
  ])
})

@Message()
class Keyed {
  @Field(mapOf(uint32, string)) names: Map<number, string> = new Map()
}

test('keys of maps are of their own type, and special names are plain keys', t => {
  t.is(write(make(Keyed, { names: new Map([[7, 'x']]) })), '81a56e616d65738107a178')
  const counts = read(Maps, entry('counts', '81a95f5f70726f746f5f5f01')).counts
  t.deepEqual(counts, new Map([['__proto__', 1n]]))
})
