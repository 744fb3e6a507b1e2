import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { validateXML } from 'xmllint-wasm'
import { xmlCodec } from '../../../src/codecs/xml/codec.js'
import { xmlSchemaOf } from '../../../src/codecs/xml/schema.js'
import { Field, Message } from '../../../src/decorators/message.js'
import { enumOf, int32, listOf, mapOf, optional, string, timestamp } from '../../../src/schema/algebra.js'
import type { Class } from '../../../src/schema/type.js'
import { arbitraryMessages } from '../arbitrary.js'
import { compile } from '../contract.js'
import { Choice, Item, Level, Lists, level, Maps, Mood, make, PersonV2, Scalars, Tree } from '../fixture.js'

enum Size {
  small = 1,
  large = 2,
}

@Message('demo.Shelf')
class Shelf {
  @Field(1, string, { attribute: true, required: true }) place = 'A1'
  @Field(2, level, { attribute: true }) level = Level.none
  @Field(3, listOf(listOf(int32))) rows: number[][] = []
  @Field(4, mapOf(string, listOf(Item))) items: Map<string, Item[]> = new Map()
  @Field(5, optional(listOf(timestamp))) times?: Date[]
  @Field(6, enumOf(Size)) size = Size.small
}

const shelf = make(Shelf, {
  rows: [[], [1, 2]],
  items: new Map([['a', [make(Item, { name: 'pen', price: 1 }), new Item()]]]),
  times: [new Date(0)],
  size: Size.large,
})

/** Checks documents with libxml2. */
async function validity(type: Class, documents: readonly string[], namespace?: string): Promise<readonly string[]> {
  const { errors } = await validateXML({
    xml: documents.map((contents, at) => ({ fileName: `${at}.xml`, contents })),
    schema: xmlSchemaOf(type, namespace === undefined ? {} : { namespace }),
  })
  return errors.map(error => error.message)
}

async function valid(t: ExecutionContext, messages: readonly object[], namespace?: string): Promise<void> {
  const codec = xmlCodec(namespace === undefined ? {} : { namespace })
  const [first] = messages
  const type = (first as object).constructor as new () => object
  const documents = messages.map(message => Buffer.from(compile(codec, type).encode(message)).toString())
  t.deepEqual(await validity(type as Class, documents, namespace), [], type.name)
}

test('what is written is valid by the schema', async t => {
  await valid(t, [
    make(Scalars, { double: Number.NaN, float: Number.NEGATIVE_INFINITY, timestamp: new Date(-1), duration: -0.5 }),
    make(Scalars, { mood: Mood.wild, level: 42 as Level, bytes: new Uint8Array([1]), string: '\0', bool: true }),
  ])
  await valid(t, [make(Choice, { contact: { case: 'item', value: new Item() }, note: 'x' }), new Choice()])
  await valid(t, [shelf, new Shelf()])
  await valid(t, [make(Tree, { left: new Tree(), children: [new Tree()], named: new Map([['x', new Tree()]]) })])
  await valid(t, [make(Maps, { counts: new Map([['a', 1n]]), votes: new Map([[true, 0]]) })])
  await valid(t, [make(Lists, { ints: [1, 2], moods: [Mood.calm], tags: new Set(['a']), items: [new Item()] })])
})

test('with a namespace too', async t => {
  await valid(
    t,
    [make(PersonV2, { name: 'Ann', tags: ['a'], item: new Item(), stock: new Map([['x', new Item()]]) })],
    'urn:a',
  )
  await valid(t, [shelf], 'urn:a?b&c="d"')
})

test('any message is valid by its schema', async t => {
  for (const [, messages] of arbitraryMessages) await valid(t, fc.sample(messages, { numRuns: 30, seed: 7 }))
})

test('what does not fit is not valid', async t => {
  const wrong: [Class, string][] = [
    [Item, '<Item><price>x</price></Item>'],
    [Item, '<Item><other/></Item>'],
    [Item, '<Other/>'],
    [Choice, '<Choice><email/><phone>1</phone></Choice>'],
    [Scalars, '<Scalars><mood>SAD</mood></Scalars>'],
    [Maps, '<Maps><counts><key>a</key></counts></Maps>'],
    [Shelf, '<Shelf/>'],
  ]
  for (const [type, document] of wrong) t.not((await validity(type, [document])).length, 0, document)
})

test('the schema of a message', t => {
  t.is(
    xmlSchemaOf(Choice),
    `<?xml version="1.0" encoding="UTF-8"?>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified">
  <xs:element name="Choice" type="demo.Choice"/>
  <xs:complexType name="demo.Choice">
    <xs:sequence>
      <xs:choice minOccurs="0">
        <xs:element name="email" type="xs:string"/>
        <xs:element name="phone" type="xs:long"/>
        <xs:element name="item" type="demo.Item"/>
        <xs:element name="mood" type="demo.Mood"/>
        <xs:element name="at" type="xs:dateTime"/>
      </xs:choice>
      <xs:element name="note" minOccurs="0" type="xs:string"/>
    </xs:sequence>
  </xs:complexType>
  <xs:complexType name="demo.Item">
    <xs:sequence>
      <xs:element name="name" minOccurs="0" type="xs:string"/>
      <xs:element name="price" minOccurs="0" type="xs:double"/>
    </xs:sequence>
  </xs:complexType>
  <xs:simpleType name="demo.Mood">
    <xs:restriction base="xs:string">
      <xs:enumeration value="calm"/>
      <xs:enumeration value="wild"/>
    </xs:restriction>
  </xs:simpleType>
</xs:schema>
`,
  )
  class Plain {}
  t.like(
    t.throws(() => xmlSchemaOf(Plain as Class)),
    { reason: 'not_a_message' },
  )
})
