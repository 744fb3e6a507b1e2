import test from 'ava'
import fc from 'fast-check'
import { Code } from '../../src/core/code.js'
import { Headers } from '../../src/core/headers.js'
import { RpcError } from '../../src/core/rpc-error.js'

test('names are lower case however they are written, and keep every value in order', t => {
  const headers = new Headers([['X-Trace', 'one']])
  headers.append('x-trace', 'two').append('other', '')
  t.deepEqual(
    [...headers],
    [
      ['x-trace', 'one'],
      ['x-trace', 'two'],
      ['other', ''],
    ],
  )
  t.is(headers.get('X-TRACE'), 'one')
  t.deepEqual(headers.getAll('x-trace'), ['one', 'two'])
  t.true(headers.has('other'))
  t.is(headers.size, 3)
})

test('set replaces every value, delete says whether there was one', t => {
  const headers = new Headers({ a: ['1', '2'], b: '3' })
  headers.set('A', '4')
  t.deepEqual(headers.getAll('a'), ['4'])
  t.true(headers.delete('B'))
  t.false(headers.delete('b'))
  t.deepEqual([...headers], [['a', '4']])
})

test('headers are made from records, pairs, maps and other headers', t => {
  const bytes = new Uint8Array([1, 2])
  const record = new Headers({ a: '1', 'b-bin': bytes, c: ['2', '3'] })
  t.deepEqual(
    [...record],
    [
      ['a', '1'],
      ['b-bin', bytes],
      ['c', '2'],
      ['c', '3'],
    ],
  )
  const copy = new Headers(record)
  copy.set('a', 'changed')
  t.is(record.get('a'), '1')
  t.is(new Headers(new Map([['a', '1']])).get('a'), '1')
  t.is(Headers.adopt(['a', '1']).get('a'), '1')
})

const wrong: [string, string, unknown][] = [
  ['an empty name', '', 'x'],
  ['a name with a space', 'a b', 'x'],
  ['a pseudo header', ':path', 'x'],
  ['a name that splits the header', 'a\r\nb', 'x'],
  ['a name beyond ASCII', 'größe', 'x'],
  ['a value that splits the header', 'a', 'x\r\ny: z'],
  ['a value with NUL', 'a', 'x\0'],
  ['a value beyond ASCII', 'a', 'ü'],
  ['text under a binary name', 'a-bin', 'x'],
  ['bytes under a text name', 'a', new Uint8Array(1)],
]

for (const [what, name, value] of wrong) {
  test(`${what} is refused, and nothing is added`, t => {
    const headers = new Headers()
    const error = t.throws(() => headers.append(name, value as string), { instanceOf: RpcError })
    t.is(error?.code, Code.invalid_argument)
    t.is(error?.reason, 'invalid_header')
    t.is(headers.size, 0)
  })
}

test('whatever printable is put in comes out again', t => {
  const name = fc.stringMatching(/^[a-z][a-z0-9_.]{0,20}$/)
  const value = fc.stringMatching(/^[ -~]{0,40}$/)
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value)), pairs => {
      t.deepEqual([...new Headers(pairs)], pairs)
    }),
  )
})
