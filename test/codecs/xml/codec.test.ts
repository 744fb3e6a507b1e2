import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import type { Codec } from '../../../src/codecs/codec.js'
import { xml, xmlCodec } from '../../../src/codecs/xml/codec.js'
import { Code } from '../../../src/core/code.js'
import { RpcError } from '../../../src/core/rpc-error.js'
import { Field, Message } from '../../../src/decorators/message.js'
import { int32, listOf, mapOf, optional, string, timestamp } from '../../../src/schema/algebra.js'
import { codecContract, compile, invalid } from '../contract.js'
import {
  Choice,
  Empty,
  Item,
  Level,
  Lists,
  level,
  Maps,
  Mood,
  make,
  Optionals,
  PersonV2,
  Scalars,
  Tree,
} from '../fixture.js'

codecContract(xml)

function write<T extends object>(message: T, codec: Codec = xml): string {
  return new TextDecoder().decode(compile(codec, message.constructor as new () => T).encode(message))
}

function read<T>(type: new () => T, text: string, codec: Codec = xml): T {
  return compile(codec, type).decode(Buffer.from(text))
}

function refused(t: ExecutionContext, cases: readonly (readonly [new () => object, string, string | RegExp])[]): void {
  for (const [type, text, message] of cases) {
    const { reason } = invalid(t, () => read(type, text), message)
    t.is(reason, 'invalid_message', text)
  }
}

function malformed(t: ExecutionContext, type: new () => object, ...texts: string[]): void {
  for (const text of texts) {
    try {
      read(type, text)
      t.fail(`was read: ${text}`)
    } catch (error) {
      t.true(error instanceof RpcError, text)
      t.is((error as RpcError).code, Code.invalid_argument, text)
      t.is((error as RpcError).reason, 'malformed_xml', `${text}: ${String(error)}`)
    }
  }
}

test('fields are elements, repeated ones as many as there are', t => {
  t.is(write(make(Item, { name: 'pen', price: 1.5 })), '<Item><name>pen</name><price>1.5</price></Item>')
  t.is(write(new Empty()), '<Empty/>')
  t.is(
    write(make(Lists, { ints: [1, 2], items: [new Item(), make(Item, { name: 'x' })], tags: new Set(['a', '']) })),
    '<Lists><ints>1</ints><ints>2</ints><items/><items><name>x</name></items><tags>a</tags><tags/></Lists>',
  )
  t.is(
    write(make(Maps, { counts: new Map([['a', 1n]]), votes: new Map([[true, 0]]) })),
    '<Maps><counts><key>a</key><value>1</value></counts><votes><key>true</key><value>0</value></votes></Maps>',
  )
  t.is(
    write(make(Choice, { contact: { case: 'phone', value: 7n }, note: 'n' })),
    '<Choice><phone>7</phone><note>n</note></Choice>',
  )
})

test('values have the forms of XML Schema', t => {
  t.is(
    write(
      make(Scalars, {
        double: Number.NaN,
        float: Number.NEGATIVE_INFINITY,
        int64: -(2n ** 63n),
        bool: true,
        bytes: new Uint8Array([251, 255, 254]),
        timestamp: new Date('2026-01-02T03:04:05.006Z'),
        duration: -1500,
        level: Level.high,
        mood: Mood.wild,
      }),
    ),
    '<Scalars><double>NaN</double><float>-INF</float><int64>-9223372036854775808</int64><bool>true</bool>' +
      '<bytes>+//+</bytes><timestamp>2026-01-02T03:04:05.006Z</timestamp><duration>-PT1.500S</duration>' +
      '<level>high</level><mood>wild</mood></Scalars>',
  )
})

test('values are read in other forms of XML Schema too', t => {
  const scalar = (key: keyof Scalars, text: string) => read(Scalars, `<Scalars><${key}>${text}</${key}></Scalars>`)[key]
  t.is(scalar('double', ' +1.50e1\n'), 15)
  t.is(scalar('double', '.5'), 0.5)
  t.is(scalar('double', 'INF'), Number.POSITIVE_INFINITY)
  t.is(scalar('int32', ' +007 '), 7)
  t.is(scalar('uint64', '+18446744073709551615'), 2n ** 64n - 1n)
  t.is(scalar('bool', '1'), true)
  t.is(scalar('bool', '0'), false)
  t.deepEqual(scalar('bytes', ' +/\n/+ '), new Uint8Array([251, 255, 254]))
  t.is(scalar('duration', 'P1DT1H1M1.5S'), 90_061_500)
  t.is(scalar('duration', '-PT1M'), -60_000)
  t.deepEqual(scalar('timestamp', '2026-01-01T01:00:00+01:00'), new Date('2026-01-01T00:00:00Z'))
  t.is(scalar('level', '5'), Level.high)
  t.is(scalar('level', '42'), 42 as Level)
})

test('values that do not fit are refused with their path', t => {
  refused(t, [
    [Scalars, '<Scalars><int32>1.5</int32></Scalars>', 'int32: expected int32, got "1.5"'],
    [Scalars, '<Scalars><int32></int32></Scalars>', 'int32: expected int32, got ""'],
    [Scalars, '<Scalars><int8>128</int8></Scalars>', 'int8: expected int8, got "128"'],
    [Scalars, '<Scalars><int64>9223372036854775808</int64></Scalars>', /^int64: expected int64/],
    [Scalars, '<Scalars><double>0x10</double></Scalars>', 'double: expected double, got "0x10"'],
    [Scalars, '<Scalars><double>1e999</double></Scalars>', /out of its range/],
    [Scalars, '<Scalars><bool>yes</bool></Scalars>', 'bool: expected bool, got "yes"'],
    [Scalars, '<Scalars><bytes>*</bytes></Scalars>', /base64/],
    [Scalars, '<Scalars><timestamp>2026-01-01</timestamp></Scalars>', /^timestamp: expected timestamp/],
    [Scalars, '<Scalars><timestamp>2026-13-01T00:00:00Z</timestamp></Scalars>', /^timestamp: expected timestamp/],
    [Scalars, '<Scalars><duration>P1Y</duration></Scalars>', /^duration: expected duration/],
    [Scalars, '<Scalars><duration>PT</duration></Scalars>', /^duration: expected duration/],
    [Scalars, '<Scalars><string><b/></string></Scalars>', 'string: expected string, got elements'],
    [Scalars, '<Scalars><int32>1</int32><string/><int32>2</int32></Scalars>', 'int32: it is there twice'],
    [Lists, '<Lists><ints>1</ints><ints>x</ints></Lists>', 'ints[1]: expected int32, got "x"'],
    [Maps, '<Maps><counts><key>a</key><value>b</value></counts></Maps>', 'counts["a"]: expected int64, got "b"'],
    [Maps, '<Maps><counts><key>a</key></counts></Maps>', 'counts: an entry without a key or a value'],
    [Maps, '<Maps><counts><key>a</key><key>b</key><value>1</value></counts></Maps>', /an entry with two of key/],
    [Choice, '<Choice><email/><phone>1</phone></Choice>', 'phone: only one of email and phone may be set'],
    [Choice, '<Choice><email/><email/></Choice>', 'email: it is there twice'],
    [Tree, '<Tree><left><left><name><x/></name></left></left></Tree>', 'left.left.name: expected string, got elements'],
    [Item, '<Other/>', 'demo.Item: expected the element Item, got one of another name'],
  ])
})

test('elements come in any order, between comments and unknown ones, which are skipped', t => {
  const text = `\ufeff<?xml version="1.0" encoding="utf-8"?>
    <!-- a --><?pi x?><Person xmlns:x="urn:x" x:a="1" version="2">
      <unknown a="1"><name>no</name><![CDATA[</unknown>]]><!-- </unknown> --></unknown>
      <tags>a</tags><age> 7 </age><x:extra/><tags >b</tags
      ><name>A<!-- -->nn<![CDATA[<&]]>&#x41;&lt;</name>
    </Person><!-- end -->`
  t.deepEqual(read(PersonV2, text), make(PersonV2, { name: 'Ann<&A<', age: 7, tags: ['a', 'b'] }))
})

test('text keeps its white space, and line ends are what was written', t => {
  for (const string of [' a ', '\n', 'a\r\nb\rc', '\t', 'a&b<c>d"e\'f', ']]>', '&amp;', '<!-- -->']) {
    t.is(read(Scalars, write(make(Scalars, { string }))).string, string)
  }
  t.is(read(Scalars, '<Scalars>\r\n<string>a\r\nb\rc</string></Scalars>').string, 'a\nb\nc')
})

test('characters that XML has not are escaped, and what looks like an escape is too', t => {
  t.is(write(make(Item, { name: 'a\0b' })), '<Item><name>a_x0000_b</name></Item>')
  t.is(write(make(Item, { name: '_x0000_' })), '<Item><name>_x005F_x0000_</name></Item>')
  t.is(write(make(Item, { name: '_x0041_' })), '<Item><name>_x0041_</name></Item>')
  t.is(read(Item, '<Item><name>_x0041_ _x0001_ _xfffe_</name></Item>').name, '_x0041_ \u0001 _xfffe_')
  const pieces = fc.constantFrom('_', 'x', '_x', '0', '00', '0000', '005F', 'FFFE', 'FFFF', '\0', '\x1f', '\ufffe', 'a')
  const texts = fc.array(pieces, { maxLength: 12 }).map(list => list.join(''))
  fc.assert(
    fc.property(texts, name => read(Item, write(make(Item, { name }))).name === name),
    { numRuns: 3000 },
  )
  t.pass()
})

@Message('demo.Book')
class Book {
  @Field(1, string, { attribute: true }) isbn = ''
  @Field(2, optional(int32), { attribute: true }) pages?: number
  @Field(3, level, { attribute: true }) level = Level.none
  @Field(4, timestamp, { attribute: true }) printed?: Date
  @Field(5, string) title = ''
}

test('attributes stand in the start tag', t => {
  const book = make(Book, {
    isbn: ' "a"\n\t\r<&>\'\0 ',
    pages: 0,
    level: Level.low,
    printed: new Date(0),
    title: 'T',
  })
  const text = write(book)
  t.is(
    text,
    '<Book isbn=" &quot;a&quot;&#10;&#9;&#13;&lt;&amp;&gt;\'_x0000_ " pages="0" level="low" ' +
      'printed="1970-01-01T00:00:00Z"><title>T</title></Book>',
  )
  t.deepEqual(read(Book, text), book)
  t.deepEqual(read(Book, `<Book\n pages = '7' \n isbn='a"b' />`), make(Book, { pages: 7, isbn: 'a"b' }))
  t.is(write(new Book()), '<Book/>')
  refused(t, [[Book, '<Book pages="x"/>', 'pages: expected int32, got "x"']])
})

test('an attribute or a name that XML cannot have is an error at start-up', t => {
  @Message('demo.Wrong')
  class Wrong {
    @Field(1, listOf(int32), { attribute: true }) a: number[] = []
  }
  @Message('demo.Dollar')
  class Dollar {
    @Field(1, string) $a = ''
  }
  const expected = { code: Code.failed_precondition, reason: 'not_in_xml' }
  t.like(
    t.throws(() => compile(xml, Wrong)),
    { ...expected, message: 'Wrong.a: an attribute holds text, and no list; leave out attribute: true' },
  )
  t.like(
    t.throws(() => compile(xml, Dollar)),
    expected,
  )
})

@Message('demo.Nested')
class Nested {
  @Field(1, listOf(listOf(int32))) rows: number[][] = []
  @Field(2, mapOf(string, listOf(string))) lists: Map<string, string[]> = new Map()
  @Field(3, listOf(mapOf(int32, Item))) maps: Map<number, Item>[] = []
  @Field(4, optional(listOf(string))) maybe?: string[]
}

test('collections within collections, and optional ones, have an element of their own', t => {
  const messages = [
    make(Nested, {
      rows: [[], [1], [2, 3]],
      lists: new Map([
        ['a', []],
        ['b', ['x', '']],
      ]),
      maps: [new Map(), new Map([[1, make(Item, { name: 'pen' })]])],
      maybe: [],
    }),
    make(Nested, { maybe: ['a'] }),
    new Nested(),
  ]
  for (const message of messages) t.deepEqual(read(Nested, write(message)), message)
  t.is(write(make(Nested, { rows: [[], [1]] })), '<Nested><rows/><rows><item>1</item></rows></Nested>')
  t.is(write(make(Nested, { maybe: [] })), '<Nested><maybe/></Nested>')
})

test('entities, DTDs and whatever is not well-formed are refused', t => {
  const name = (text: string) => `<Item><name>${text}</name></Item>`
  malformed(
    t,
    Item,
    '<!DOCTYPE Item [<!ENTITY a "aaaa">]><Item><name>&a;</name></Item>',
    '<!DOCTYPE Item SYSTEM "file:///etc/passwd"><Item/>',
    '<!doctype Item><Item/>',
    name('&a;'),
    name('&'),
    name('&amp'),
    name('&#0;'),
    name('&#x0;'),
    name('&#xD800;'),
    name('&#x110000;'),
    name('&#99999999;'),
    name('\0'),
    name('\u0001'),
    name('\uffff'),
    '<Item a="&x;"/>',
    '<Item a="1" a="2"/>',
    '<Item a=1/>',
    '<Item a/>',
    '<Item a="<"/>',
    '<Item a="1"b="2"/>',
    '<Item a="1/>',
    '<Item><name>a</Item>',
    '<Item><name>a</name>',
    '<Item><name>a</nam></Item>',
    '<Item><unknown><b></unknown></b></Item>',
    '<Item><unknown><b></unknown></Item>',
    '<Item><name>a</name x></Item>',
    '<Item',
    '<Item>',
    '<Item/',
    '<Item/><Item/>',
    '<Item/>x',
    'x<Item/>',
    '<Item>text</Item>',
    '<Item><!-- a -- b --></Item>',
    '<Item><!-- a</Item>',
    '<Item><name>a]]>b</name></Item>',
    '<Item><unknown>a]]>b</unknown></Item>',
    '<Item><name><![CDATA[a</name></Item>',
    '<Item><? a </Item>',
    '<Item><?xml version="1.0"?></Item>',
    ' <?xml version="1.0"?><Item/>',
    '<?xml version="1.0" encoding="UTF-16"?><Item/>',
    '<?xml version="2.0"?><Item/>',
    '<?xml encoding="UTF-8"?><Item/>',
    '<Item><a:b/></Item>',
    '<Item a:b="1"/>',
    '<Item xmlns:a=""/>',
    '<Item>< name></name></Item>',
    '<Item><1/></Item>',
    '<Item><name/ ></Item>',
    '',
    ' ',
    '{}',
    '<!-- -->',
  )
  t.is(invalid(t, () => compile(xml, Item).decode(Buffer.from('ff', 'hex'))).reason, 'malformed_xml')
  t.is(invalid(t, () => compile(xml, Item).decode(Buffer.from('\ufeff<Item/>', 'utf16le'))).reason, 'malformed_xml')
})

test('elements named after properties of every object are unknown like any other', t => {
  const text = '<Item><__proto__>x</__proto__><constructor/><toString>x</toString><name>a</name></Item>'
  t.deepEqual(read(Item, text), make(Item, { name: 'a' }))
  t.deepEqual(Object.keys(read(Item, text)), ['name', 'price'])
})

test('elements nested without end are refused, known or not', t => {
  const deep = (name: string) => `<Tree>${`<${name}>`.repeat(100_000)}`
  for (const name of ['left', 'children', 'unknown']) invalid(t, () => read(Tree, deep(name)), /nested deeper than/)
})

test('long documents with many attributes, comments or unclosed things take no longer than their length', t => {
  const many = (text: string) => text.repeat(50_000)
  invalid(t, () => read(Item, `<Item ${Array.from({ length: 50_000 }, (_, at) => `a${at}="1"`).join(' ')}`))
  invalid(t, () => read(Item, `<Item>${many('<!---->')}`))
  invalid(t, () => read(Item, `<Item>${many('<x>&lt;</x>')}`))
  invalid(t, () => read(Item, `<Item><name>${many('<![CDATA[<]]>')}`))
  invalid(t, () => read(Item, `<Item>${many('<!--')}`))
  invalid(t, () => read(Item, `<${many('a')}`))
  t.is(read(Item, `<Item><name>${many('<![CDATA[<]]>')}</name></Item>`).name.length, 50_000)
})

test('with a namespace, elements of others are unknown', t => {
  const codec = xmlCodec({ namespace: 'urn:shop?a&b' })
  const message = make(PersonV2, { name: 'Ann', tags: ['a'], item: make(Item, { name: 'pen' }) })
  const text = write(message, codec)
  t.true(text.startsWith('<Person xmlns="urn:shop?a&amp;b"><name>Ann</name>'))
  t.deepEqual(read(PersonV2, text, codec), message)
  t.deepEqual(read(PersonV2, text), message, 'a codec without one reads it too')
  const prefixed =
    '<s:Person xmlns:s="urn:shop?a&amp;b" xmlns:o="urn:o"><o:name>no</o:name><s:name xmlns="urn:o">Ann</s:name>' +
    '<s:item><name>no</name><s:name>pen</s:name></s:item><tags xmlns="urn:shop?a&amp;b">a</tags><tags>no</tags></s:Person>'
  t.deepEqual(read(PersonV2, prefixed, codec), message)
  const wrong = invalid(t, () => read(PersonV2, '<Person/>', codec))
  t.is(wrong.message, 'demo.Person: expected the element Person of the namespace urn:shop?a&b, got one of another')
})

test('a declaration is written where it is asked for', t => {
  const codec = xmlCodec({ declaration: true })
  const text = write(make(Item, { name: 'x' }), codec)
  t.is(text, '<?xml version="1.0" encoding="UTF-8"?><Item><name>x</name></Item>')
  t.deepEqual(read(Item, text), make(Item, { name: 'x' }))
})

test('an optional field that is empty is there', t => {
  t.is(write(make(Optionals, { string: '', double: 0 })), '<Optionals><double>0</double><string/></Optionals>')
  t.is(read(Optionals, '<Optionals><string/></Optionals>').string, '')
})
