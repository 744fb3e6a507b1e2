import test from 'ava'
import { unimplemented } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
import { Method, Service } from '../../src/decorators/service.js'
import { carried } from '../../src/idl/carried.js'
import { exportFormats } from '../../src/idl/formats.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { Refusal } from '../../src/idl/refusal.js'
import { thrift } from '../../src/idl/thrift/write.js'
import { double, enumOf, int32, listOf, optional, string, timestamp } from '../../src/schema/algebra.js'
import { messageSchemaOf } from '../../src/schema/resolve.js'
import { constantsOf, typedef } from '../../src/schema/typedef.js'
import { unionOf } from '../../src/schema/union.js'
import * as wide from '../fixtures/idl/generated/wide.js'
import { imported } from './imported.js'

test('annotations, typedefs, constants and descriptions of arguments and cases are exported', t => {
  const text = thrift.write(contractOf(wide))[0]?.text ?? ''
  for (const line of [
    'typedef i64 Count (java.boxed = "true")',
    'typedef list<Point> Path',
    'typedef map<string, Path> Paths',
    'typedef Point Corner',
    'typedef Tier Level',
    '  FREE = 0 (label = "Free of charge"),',
    '} (java.kind = "closed")',
    '} (python.immutable = "")',
    '  13: optional string note (order = "ignore", pii = "1"),',
    '  2: set<Point> points (cpp.name = "dots"),',
    '  2: Path path,',
    '  5: Level level = Tier.PRO,',
    'const i32 LIMIT = 10',
    'const Count MOST = 5',
    'const Tier BEST = Tier.PRO',
    'const Point ORIGIN = {"x": 5, "name": "o"}',
    'const map<Point, list<string>> LABELS = {{"x": 1}: ["one"]}',
    'const Content LINES = {"lines": ["a"]}',
    '  string late(1: i32 count = 3, 2: string sku) (deprecated = "use buy"),',
    '} (owner = "shop")',
  ])
    t.true(text.includes(`${line}\n`), line)
  t.true(text.includes('  string buy(1: string sku (min = "1"), 2: i32 count = 3, '), text)
})

@Message('odd.Note', { properties: { 'x-y': '1', namespace: '2', 'a.b': 'say "\\"\n', n: { one: [1, null] } } })
class Note {
  @Field(1, string) text = ''
}

@Service('odd.Notes', { properties: { bell: '\u0007' } })
class Notes {
  @Method({ args: { note: [1, Note, { doc: 'What to keep.\nAll of it.' }] }, returns: Note })
  keep(_note: Note): Promise<Note> {
    return unimplemented()
  }
}

@Message('odd.Numbers')
class Numbers {
  @Field(1, double) negative = -0
  @Field(2, double) large = Number.POSITIVE_INFINITY
  @Field(3, optional(double)) small?: number = Number.NEGATIVE_INFINITY
}

test('defaults that are -0 or infinite come back', async t => {
  const again = await imported(t, exportFormats.thrift, contractOf({ Numbers }))
  const made = again.messages[0]?.create() as Numbers
  t.deepEqual([made.negative, made.large, made.small], [-0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
})

test('properties without a form in Thrift are left out, and others than text are JSON', t => {
  const text = thrift.write(contractOf({ Notes, Note }))[0]?.text ?? ''
  t.true(text.includes('} (a.b = "say \\"\\\\\\"\\n", n = "{\\"one\\":[1,null]}")\n'), text)
  t.true(text.includes('  Note Keep(/** What to keep. All of it. */ 1: Note note),\n}\n'), text)
})

@Message('odd.From')
class From {
  @Field(1, string) from = ''
}

@Service('odd.Readers')
class Readers {
  @Method({ args: { end: [1, From] }, returns: From })
  read(_end: From): Promise<From> {
    return unimplemented()
  }
}

@Service('odd.Editors')
class Editors extends Readers {
  @Method({ args: { text: [1, string] }, returns: string })
  edit(_text: string): Promise<string> {
    return unimplemented()
  }
}

@Service('odd.Others')
class Others extends Readers {
  @Method({ args: { end: [1, string] }, returns: From })
  override read(_end: unknown): Promise<From> {
    return unimplemented()
  }
}

test('a service extends another one of the contract, if it has the same methods', t => {
  const text = thrift.write(contractOf({ Others, Editors, Readers }))[0]?.text ?? ''
  t.true(
    text.includes(
      'service Readers {\n  From Read(1: From end_ (polywire.name = "end")),\n}\n\n' +
        'service Others {\n  From Read(1: string end_ (polywire.name = "end")),\n}\n\n' +
        'service Editors extends Readers {\n  string Edit(1: string text),\n}\n',
    ),
    text,
  )
  t.true(thrift.write(contractOf({ Editors }))[0]?.text.includes('service Editors {\n  From Read('))
})

@Message('far.Item')
class Item {
  @Field(1, string) id = ''
}

@Service('near.Finder')
class Finder {
  @Method({ args: { id: [1, string] }, returns: Item })
  find(_id: string): Promise<Item> {
    return unimplemented()
  }
}

@Service('far.Store')
class Store extends Finder {
  @Method({ args: { item: [1, Item] }, returns: string })
  add(_item: Item): Promise<string> {
    return unimplemented()
  }
}

@Service('third.Market')
class Market extends Store {}

test('a service repeats the methods of one whose file includes its own, so that no includes are circular', t => {
  const files = thrift.write(contractOf({ Market, Store, Finder }))
  const texts = new Map(files.map(({ path, text }) => [path, text]))
  const found = 'Item Find(1: string id),\n'
  t.is(texts.get('near.thrift'), `namespace * near\n\ninclude "far.thrift"\n\nservice Finder {\n  far.${found}}\n`)
  t.true(texts.get('far.thrift')?.startsWith('namespace * far\n\nstruct Item {'))
  t.true(texts.get('far.thrift')?.includes(`service Store {\n  ${found}  string Add(1: Item item),\n}\n`))
  t.true(texts.get('third.thrift')?.includes('service Market extends far.Store {\n}\n'), texts.get('third.thrift'))
})

@Service('plain.Finder')
class PlainFinder extends Finder {
  @Method({ args: { id: [1, string] }, returns: string })
  override find(_id: string): Promise<never> {
    return unimplemented()
  }
}

test('a service includes no file for a method that it overrides', t => {
  const files = thrift.write(contractOf({ PlainFinder, Finder }))
  const text = files.find(({ path }) => path === 'plain.thrift')?.text
  t.is(text, 'namespace * plain\n\nservice Finder {\n  string Find(1: string id),\n}\n')
})

test('the name of a field that Thrift reserves is an annotation, and a constant has the other one', t => {
  const from = Object.assign(new From(), { from: 'here' })
  const text = thrift.write(contractOf({ constants: constantsOf('odd', { HERE: [From, from] }), From }))[0]?.text ?? ''
  t.true(text.includes('  1: string from_ (polywire.name = "from"),\n'), text)
  t.true(text.includes('const From HERE = {"from_": "here"}\n'), text)
})

test('a constant that has no literal in Thrift is refused', t => {
  const constants = constantsOf('odd', { START: [timestamp, new Date(0)] })
  t.throws(() => thrift.write(contractOf({ constants })), { instanceOf: Refusal, message: /^START: its value: / })
})

test('a typedef is the type that it stands for on every wire', t => {
  const [path, plain] = [typedef('odd.Path', listOf(Note)), listOf(Note)]
  t.is((path as unknown as { kind: string }).kind, plain.kind)
  t.is(messageOf(typedef('odd.Same', Note)), messageSchemaOf(Note))
})

function messageOf(type: unknown): unknown {
  return (type as { readonly message: unknown }).message
}

test('defaults that are the zero of their type are exported where the IDL tells them from none', t => {
  const text = thrift.write(contractOf(wide))[0]?.text ?? ''
  for (const line of [
    '  18: optional i32 zero = 0,',
    '  19: optional list<string> none = [],',
    '  13: optional string note (order = "ignore", pii = "1"),',
  ])
    t.true(text.includes(`${line}\n`), line)
  t.regex(text, /string buy\(.*, 6: list<i32> ids = \[\]\),/)
})

@Message('odd.Old')
class Old {
  @Field(1, string, { deprecated: true }) text = ''
  @Field(2, string, { deprecated: true, name: 'until', properties: { pii: '1' } }) until_ = ''
}

test('a deprecated field has an annotation', t => {
  const text = thrift.write(contractOf({ Old }))[0]?.text ?? ''
  t.true(text.includes('  1: string text (deprecated = "1"),\n'), text)
  t.true(text.includes('  2: string until_ (pii = "1", polywire.name = "until", deprecated = "1"),\n'), text)
})

const state = enumOf({ OPEN: 0 }, 'shop.FindRequest.State')

@Service('shop.Search')
class Search {
  @Method({ args: { state }, returns: state }) find(_state: number): Promise<number> {
    return unimplemented()
  }
}

@Message('shop.Outer')
class Outer {
  @Field(1, unionOf(string, int32)) either: string | number = ''
}

@Message('shop.Other')
class Other {
  @Field(1, enumOf({ OPEN: 0 }, 'shop.Outer.State')) state = 0
}

test('an enum within a message that is not exported stays in the package of that message', t => {
  const files = thrift.write(contractOf({ Search }))
  t.deepEqual(
    files.map(({ path }) => path),
    ['shop.thrift'],
  )
  t.regex(files[0]?.text ?? '', /^namespace \* shop\n\nenum FindRequest_State \{/)

  const { contract, refused } = carried(contractOf({ Outer, Other }), thrift)
  t.like(refused, [{ construct: 'shop.Outer' }])
  t.deepEqual(
    thrift.write(contract).map(({ path }) => path),
    ['shop.thrift'],
  )
})
