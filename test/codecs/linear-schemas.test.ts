import 'reflect-metadata'
import test from 'ava'
import { Transform } from 'class-transformer'
import { AvroParser } from '../../src/codecs/avro/parser.js'
import { AvroReader } from '../../src/codecs/avro/reader.js'
import { AvroReads } from '../../src/codecs/avro/reads.js'
import { AvroWriter } from '../../src/codecs/avro/writer.js'
import { msgpack } from '../../src/codecs/msgpack/codec.js'
import { Fault } from '../../src/codecs/values/fault.js'
import { xml, xmlCodec } from '../../src/codecs/xml/codec.js'
import { Field, Message } from '../../src/decorators/message.js'
import { parseProtocol } from '../../src/protocols/avro/protocol-schema.js'
import { int32, listOf, string } from '../../src/schema/algebra.js'
import type { MessageSchema } from '../../src/schema/message.js'
import { messageSchemaOf } from '../../src/schema/resolve.js'
import { linear } from '../support/growth.js'
import { compile, invalid } from './contract.js'
import { Empty, Level, level } from './fixture.js'

/** What grows with the square of a short text is seen only in a longer one. */
const scale = 4

function many<T>(count: number, make: (at: number) => T): T[] {
  return Array.from({ length: Math.floor(count) }, (_, at) => make(at))
}

@Message('demo.Mark')
class Mark {
  @Field(1, level) level = Level.none
}

@Message('demo.Marks')
class Marks {
  @Field(1, listOf(Mark)) marks: Mark[] = []
}

/** Takes whatever arrives where an integer belongs. */
@Message('demo.Loose')
class Loose {
  @Field(1, int32) @Transform(({ value }) => value) age = 0
  @Field(2, string) name = ''
  @Field(3, () => Loose) @Transform(({ value }) => value) inner?: Loose
}

test('xml: a prefix is looked up in as little time within many scopes', t => {
  const serializer = compile(xml, Empty, 100_000)
  linear(t, 'prefixes within scopes', {
    inputOf: size => {
      const count = (scale * size) / 32
      const scopes = many(count, at => `<a xmlns:p${at}="u">`).join('')
      return Buffer.from(`<Empty>${scopes}${'<b p0:x=""/>'.repeat(count)}`)
    },
    work: bytes => void invalid(t, () => serializer.decode(bytes)),
  })
})

test('xml: prefixes stand for what they did after a value has been read again as text', t => {
  const serializer = compile(xmlCodec({ namespace: 'urn:a' }), Loose)
  const read = (text: string) => serializer.decode(Buffer.from(text))
  const open = '<Loose xmlns="urn:a" xmlns:p="urn:b">'
  const message = read(`${open}<age xmlns:p="urn:a" xmlns:q="urn:a">ten</age><p:name>b</p:name><name>a</name></Loose>`)
  t.is(message.age as unknown, 'ten')
  t.is(message.name, 'a')
  invalid(t, () => read(`${open}<age xmlns:q="urn:a">ten</age><q:name>b</q:name></Loose>`), /not declared/)
})

test('msgpack: values within each other are not read again at each level', t => {
  const serializer = compile(msgpack, Loose)
  const value = (depth: number, size: number): string =>
    depth === 0 ? `\x81\xa3pad\xdb\x00\x00\x00\x00` : `\x82\xa5inner${value(depth - 1, size)}\xa4name\x01`
  t.notThrows(() => serializer.decode(Buffer.from(`\x82\xa5inner${value(2, 0)}\xa4name\xa1a`, 'latin1')))
  invalid(
    t,
    () => serializer.decode(Buffer.from(`\x82\xa5inner${value(40, 0)}\xa4name\xa1a`, 'latin1')),
    /of their type/,
  )
})

const protocolShapes: Readonly<Record<string, (size: number) => unknown>> = {
  'a long namespace': size => ({
    protocol: 'p',
    namespace: 'a'.repeat(size / 2),
    types: [{ type: 'record', name: 'r', fields: [] }, ...many(size / 8, () => ({ type: 'array', items: 'r' }))],
  }),
  'a namespace for each record': size => ({
    protocol: 'p',
    types: [
      {
        type: 'record',
        name: 'r',
        namespace: 'a'.repeat(size / 2),
        fields: many(size / 60, at => ({ name: `f${at}`, type: 'r' })),
      },
    ],
  }),
  records: size => ({ protocol: 'p', types: many(size / 50, at => ({ type: 'record', name: `r${at}`, fields: [] })) }),
  messages: size => ({
    protocol: 'p',
    messages: Object.fromEntries(many(size / 50, at => [`m${at}`, { request: [], response: 'null' }])),
  }),
  'a union': size => ({
    protocol: 'p',
    types: [many(size / 60, at => ({ type: 'record', name: `r${at}`, fields: [] }))],
  }),
}

for (const [name, shape] of Object.entries(protocolShapes)) {
  test(`avro: a protocol of ${name} is parsed in linear time`, t => {
    linear(t, name, {
      inputOf: size => JSON.stringify(shape(scale * size)),
      work(text) {
        try {
          parseProtocol(text)
        } catch (error) {
          if (!(error instanceof Fault)) throw error
        }
      },
    })
  })
}

test('avro: an enum that many records share is compiled once', t => {
  linear(t, 'records with one enum', {
    inputOf(size) {
      const count = Math.floor((scale * size) / 40)
      const shared = { type: 'enum', name: 'E', symbols: ['none', ...many(count, at => `s${at}`)] }
      const items = many(count, at => ({
        type: 'record',
        name: `R${at}`,
        fields: [{ name: 'level', type: at === 0 ? shared : 'E' }],
      }))
      const out = new AvroWriter()
      out.int(count)
      for (let at = 0; at < count; at++) {
        out.int(at)
        out.int(0)
      }
      out.int(0)
      return {
        schema: { type: 'record', name: 'M', fields: [{ name: 'marks', type: { type: 'array', items } }] },
        bytes: out.finish(),
      }
    },
    work({ schema, bytes }) {
      const writer = new AvroParser().schema(schema, '')
      const read = new AvroReads({ depth: 64, values: 262_144 }).message(
        writer,
        messageSchemaOf(Marks) as MessageSchema,
      )
      read(new AvroReader(bytes), 0)
    },
  })
})

test('avro: a union with two of a kind, or within a union, is no schema', t => {
  const parse = (schema: unknown) => () => new AvroParser().schema(schema, '')
  const record = { type: 'record', name: 'R', fields: [] }
  t.throws(parse(['int', 'int']), { any: true, instanceOf: Fault as never })
  t.throws(parse([record, 'R']), { any: true, instanceOf: Fault as never })
  t.throws(parse(['null', ['int']]), { any: true, instanceOf: Fault as never })
  t.notThrows(parse(['null', 'int', record, { type: 'record', name: 'S', fields: [] }]))
})
