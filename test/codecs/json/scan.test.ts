import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import { parseJson } from '../../../src/codecs/bytes/json-text.js'
import { JsonCompiler } from '../../../src/codecs/json/compiler.js'
import { JsonCursor } from '../../../src/codecs/json/cursor.js'
import { JsonWriter } from '../../../src/codecs/json/writer.js'
import { Fault } from '../../../src/codecs/values/fault.js'
import { Field, Message } from '../../../src/decorators/message.js'
import { int32, listOf, string } from '../../../src/schema/algebra.js'
import type { MessageSchema } from '../../../src/schema/message.js'
import { messageSchemaOf } from '../../../src/schema/resolve.js'
import { arbitraryMessages } from '../arbitrary.js'
import { Choice, Item, Lists, Maps, make, Scalars, Tree, WellKnown } from '../fixture.js'

// JSON is scanned straight from its bytes where that is sure to give what parsing it gives; these tests hold one against the other.

interface Ways {
  write(message: object): string
  /** Undefined where it is in doubt. */
  scan(text: string | Uint8Array): unknown
  /** Undefined where it is refused. */
  parse(text: string | Uint8Array): unknown
}

function waysOf(type: new () => object): Ways {
  const compiler = new JsonCompiler({ depth: 64, values: 262_144 })
  const compiled = compiler.message(messageSchemaOf(type) as MessageSchema)
  const { exactIntegers } = compiler
  const unlessFault = (read: () => unknown) => {
    try {
      return read()
    } catch (error) {
      if (error instanceof Fault) return undefined
      throw error
    }
  }
  return {
    write(message) {
      const writer = new JsonWriter(0)
      compiled.write(writer, message, 0)
      return writer.finish().toString()
    },
    scan: text =>
      unlessFault(() => {
        const cursor = new JsonCursor(Buffer.from(text), { exactIntegers, values: 262_144 })
        const message = compiled.scan(cursor, 0)
        cursor.finish()
        return message
      }),
    parse: text =>
      unlessFault(() => compiled.read(parseJson(Buffer.from(text), { exactIntegers, values: 262_144 }), 0)),
  }
}

/** Entries of maps and sets count in their order. */
function areSame(ways: Ways, one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(one, other) && ways.write(one as object) === ways.write(other as object)
}

test('what is written is scanned without a doubt, and as it is parsed', t => {
  for (const [type, messages] of arbitraryMessages) {
    const ways = waysOf(type)
    fc.assert(
      fc.property(messages, message => {
        const text = ways.write(message)
        const scanned = ways.scan(text)
        // Large numbers within a value of JSON are parsed with the whole message.
        if (type !== WellKnown) t.not(scanned, undefined, text)
        if (scanned !== undefined) t.true(areSame(ways, scanned, ways.parse(text)), text)
      }),
      { numRuns: 200 },
    )
  }
})

/** Other ways to write a value, and values that stand where they may not. */
const oddities = [
  ...['null', 'true', 'fals', '"x"', '""', '[]', '{}', '[[1,"]"],{"a":"}"}]', '{"name":1,"name":"y"}', '"\\u0041\\n"'],
  ...[
    '0',
    '-0',
    '1.50',
    '1e2',
    '-12E-2',
    '0.1234567890123456789',
    '1e400',
    '"1"',
    '"-7"',
    '"01"',
    '01',
    '1.',
    '.5',
    '-',
  ],
  ...['123456789012345', '1234567890123456', '12345678901234567890', '"12345678901234567"', '"1e3"', '"NaN"', '"AQ=="'],
  ...['"\\ud800"', '"\ufffd"', '"é\\"日"', '"\t"', '"2026-01-02T03:04:05Z"', '"1.5s"', '5', '"high"', '"\\x"'],
]
const spaces = ['', '', '', ' ', '\n\t', '\r ', '\u00a0']

/** Writes a value with whatever the dice have in store. */
class Disturber {
  private at = 0
  constructor(
    private readonly dice: readonly number[],
    private readonly rarity: number,
  ) {}

  private roll(faces: number): number {
    return (this.dice[this.at++ % this.dice.length] as number) % faces
  }

  private pick(choices: readonly string[]): string {
    return choices[this.roll(choices.length)] as string
  }

  private rarely(): boolean {
    return this.roll(this.rarity) === 0
  }

  private space(): string {
    return this.rarely() ? this.pick(spaces) : ''
  }

  write(value: unknown): string {
    return this.space() + (this.rarely() ? this.pick(oddities) : this.plain(value)) + this.space()
  }

  private plain(value: unknown): string {
    if (Array.isArray(value)) return `[${value.map(one => this.write(one)).join(',')}]`
    if (typeof value !== 'object' || value === null) return JSON.stringify(value)
    const entries = Object.entries(value).map(([name, one]) => this.entry(name, one))
    if (this.rarely()) entries.splice(this.roll(entries.length + 1), 0, this.entry('unknown', entries.length))
    if (entries.length > 0 && this.rarely()) entries.push(this.pick(entries))
    if (this.rarely()) entries.reverse()
    return `{${entries.join(',')}}`
  }

  private entry(name: string, value: unknown): string {
    return `${this.space()}${JSON.stringify(name)}${this.space()}:${this.write(value)}`
  }
}

test('whatever is scanned from disturbed JSON is what parsing it gives', t => {
  const seen = { scanned: 0, doubted: 0, refused: 0 }
  const disturbance = fc.record({
    dice: fc.array(fc.nat(100_000), { minLength: 1, maxLength: 200 }),
    rarity: fc.constantFrom(3, 10, 40),
    flip: fc.option(fc.tuple(fc.nat(), fc.nat(255)), { freq: 5 }),
  })
  for (const [type, messages] of arbitraryMessages) {
    const ways = waysOf(type)
    const property = fc.property(messages, disturbance, (message, { dice, rarity, flip }) => {
      const bytes = Buffer.from(new Disturber(dice, rarity).write(JSON.parse(ways.write(message))))
      if (flip !== null) bytes[flip[0] % bytes.length] = flip[1]
      const [scanned, parsed] = [ways.scan(bytes), ways.parse(bytes)]
      if (parsed === undefined) seen.refused++
      else if (scanned === undefined) seen.doubted++
      else seen.scanned++
      if (scanned !== undefined) t.true(parsed !== undefined && areSame(ways, scanned, parsed), bytes.toString())
    })
    fc.assert(property, { numRuns: 400 })
  }
  for (const [outcome, count] of Object.entries(seen)) t.true(count > 5, `${outcome}: ${count}`)
})

test('other orders, space, unknown fields, absence and escapes are scanned too', t => {
  const texts: [type: new () => object, text: string][] = [
    [Item, ' {\r\n\t"price" : 1.5 , "name" : "pen" } '],
    [Item, '{"unknown":{"a":[1,"}\\""]},"name":"pen","other":[],"price":-0.5e-3}'],
    [Item, '{"name":null,"price":12345678.12345678}'],
    [Item, '{"na\\u006de":"a\\"b\\nc\\ud83d\\ude00","price":0}'],
    [Choice, '{"note":"x","phone":"-12"}'],
    [Choice, '{"email":"é日本"}'],
    [Scalars, '{"double":-0,"int32":"5","int64":77,"uint64":"18446744073709551615","level":"high"}'],
    [Lists, '{"doubles":[1700000000000000,12345678901234567890,-1e300]}'],
    [Lists, '{"ints":[ ],"items":[{},{"price":1}],"tags":["a","a"]}'],
    [Maps, '{"names":{"7":"x","5":"y"},"counts":{"b":"1","a":"2"}}'],
    [Tree, '{"children":[{"left":{"name":"x"}}],"name":"y"}'],
  ]
  for (const [type, text] of texts) {
    const ways = waysOf(type)
    const scanned = ways.scan(text)
    t.not(scanned, undefined, text)
    t.true(areSame(ways, scanned, ways.parse(text)), text)
  }
})

test('what JSON.parse and readers of one pass see differently is left to JSON.parse', t => {
  const texts: [type: new () => object, text: string, message: object | undefined][] = [
    [Item, '{"name":1,"name":"x"}', make(Item, { name: 'x' })],
    [Item, '{"name":"x","price":1,"name":"y"}', make(Item, { name: 'y', price: 1 })],
    [Item, '{"name":"x","name":null}', new Item()],
    [Choice, '{"email":"x","email":"y"}', make(Choice, { contact: { case: 'email', value: 'y' } })],
    [Choice, '{"email":"x","phone":"1"}', undefined],
    [Scalars, '{"int64":12345678901234567}', make(Scalars, { int64: 12345678901234567n })],
    [Item, '{"name":"x"}}', undefined],
    [Item, '{"name":"x",}', undefined],
    [Item, `{"unknown":${'['.repeat(101)}${']'.repeat(101)}}`, new Item()],
  ]
  for (const [type, text, message] of texts) {
    const ways = waysOf(type)
    t.is(ways.scan(text), undefined, text)
    t.deepEqual(ways.parse(text), message, text)
  }
})

const manyFields = Array.from({ length: 40 }, (_, at) => `field${at}`)

@Message('demo.Wide')
class Wide {
  @Field(listOf(string)) texts: string[] = []
}
for (const name of manyFields) Field(int32)(Wide.prototype as object as Record<string, number>, name)

test('a field is known from another one however many there are', t => {
  const ways = waysOf(Wide)
  const entries = manyFields.map((name, at) => [name, at + 1] as const)
  const inOrder = JSON.stringify(Object.fromEntries(entries))
  t.like(ways.scan(inOrder), Object.fromEntries(entries))
  const reversed = JSON.stringify(Object.fromEntries(entries.toReversed()))
  t.like(ways.scan(reversed) ?? ways.parse(reversed), Object.fromEntries(entries))
  t.is(ways.scan('{"field2":1,"field34":1,"field2":2}'), undefined)
})

test('long texts are scanned as short ones are', t => {
  const ways = waysOf(Wide)
  for (const length of [12, 13, 1023, 1024, 1025, 4095, 4096, 4097, 20_000]) {
    const texts = ['x'.repeat(length), 'y', 'é'.repeat(length), `${'z'.repeat(length)}"\n`, 'w'.repeat(13)]
    t.like(ways.scan(JSON.stringify({ texts })), { texts })
  }
})
