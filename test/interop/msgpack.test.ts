// Against python3-msgpack (Debian).
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import type { Codec } from '../../src/codecs/codec.js'
import { msgpack, msgpackCompact } from '../../src/codecs/msgpack/codec.js'
import { compile } from '../codecs/contract.js'
import { Choice, Item, Level, Lists, Maps, Mood, make, Scalars, Tree } from '../codecs/fixture.js'

const run = promisify(execFile)

/** Evaluates a Python expression, in which `data` is what the bytes unpack to and `pack` packs; returns what it prints. */
async function python(expression: string, bytes: Uint8Array = new Uint8Array([0xc0])): Promise<string> {
  const program = [
    'import sys, datetime, msgpack',
    'utc = datetime.timezone.utc',
    'pack = lambda value: msgpack.packb(value, use_bin_type=True, datetime=True).hex()',
    'data = msgpack.unpackb(bytes.fromhex(sys.argv[1]), timestamp=3, strict_map_key=False)',
    `print(${expression})`,
  ]
  const { stdout } = await run('/usr/bin/python3', ['-c', program.join('\n'), Buffer.from(bytes).toString('hex')])
  return stdout.trim()
}

function write<T extends object>(message: T, codec: Codec = msgpack): Uint8Array {
  return compile(codec, message.constructor as new () => T).encode(message)
}

const scalars = make(Scalars, {
  double: 1.5,
  float: 0.25,
  int32: -70_000,
  int64: -(2n ** 63n),
  uint64: 2n ** 64n - 1n,
  bool: true,
  string: 'naïve \u{1F600}',
  bytes: new Uint8Array([0, 255]),
  timestamp: new Date('2026-01-02T03:04:05.678Z'),
  duration: 1500,
  level: Level.high,
  mood: Mood.wild,
})

test('Python reads what is written', async t => {
  t.is(
    await python(
      "data == {'double': 1.5, 'float': 0.25, 'int32': -70000, 'int64': -2**63, 'uint64': 2**64-1, " +
        "'bool': True, 'string': 'na\\u00efve \\U0001F600', 'bytes': b'\\x00\\xff', " +
        "'timestamp': datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, utc), 'duration': 1500, 'level': 'high', 'mood': 'wild'}",
      write(scalars),
    ),
    'True',
  )
  const lists = make(Lists, { ints: [1, -1], items: [make(Item, { name: 'pen' }), new Item()], tags: new Set(['a']) })
  t.is(await python("data == {'ints': [1, -1], 'items': [{'name': 'pen'}, {}], 'tags': ['a']}", write(lists)), 'True')
  const maps = make(Maps, {
    counts: new Map([['a', 2n ** 60n]]),
    votes: new Map([[true, 0]]),
    names: new Map([[-1, 'x']]),
  })
  t.is(await python("data == {'counts': {'a': 2**60}, 'votes': {True: 0.0}, 'names': {-1: 'x'}}", write(maps)), 'True')
  t.is(await python("data == {'phone': 7}", write(make(Choice, { contact: { case: 'phone', value: 7n } }))), 'True')
  t.is(
    await python("data == {1: 'pen', 2: 1.5}", write(make(Item, { name: 'pen', price: 1.5 }), msgpackCompact)),
    'True',
  )
})

test('Python reads instants of every form', async t => {
  for (const iso of [
    '0001-01-01T00:00:00.000Z',
    '1969-12-31T23:59:59.999Z',
    '1970-01-01T00:00:00.000Z',
    '2500-01-01T00:00:00.500Z',
    '9999-12-31T23:59:59.999Z',
  ]) {
    const bytes = write(make(Scalars, { timestamp: new Date(iso) }))
    t.is(await python("data['timestamp'].isoformat(timespec='milliseconds').replace('+00:00', 'Z')", bytes), iso)
  }
})

test('what Python writes is read', async t => {
  const hex = await python(
    "pack({'double': 1.5, 'float': 0.25, 'int32': -70000, 'int64': -2**63, 'uint64': 2**64-1, 'bool': True, " +
      "'string': 'na\\u00efve \\U0001F600', 'bytes': b'\\x00\\xff', " +
      "'timestamp': datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, utc), 'duration': 1500, 'level': 'high', " +
      "'mood': 'wild', 'unknown': {'a': [None, b'x', 1.5]}})",
  )
  t.deepEqual(compile(msgpack, Scalars).decode(Buffer.from(hex, 'hex')), scalars)
  const tree = await python(
    "pack({'name': 'a', 'children': [{'name': 'b'}, {}], 'named': {'x': {'name': 'c'}}, 'left': None})",
  )
  t.deepEqual(
    compile(msgpack, Tree).decode(Buffer.from(tree, 'hex')),
    make(Tree, {
      name: 'a',
      children: [make(Tree, { name: 'b' }), new Tree()],
      named: new Map([['x', make(Tree, { name: 'c' })]]),
    }),
  )
  const compact = await python("pack({2: 3, 1: 'pen'})")
  t.deepEqual(compile(msgpackCompact, Item).decode(Buffer.from(compact, 'hex')), make(Item, { name: 'pen', price: 3 }))
})
