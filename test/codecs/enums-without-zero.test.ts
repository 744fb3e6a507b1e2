import test from 'ava'
import protobufjs from 'protobufjs'
import { json } from '../../src/codecs/json/codec.js'
import { msgpack } from '../../src/codecs/msgpack/codec.js'
import { protobuf } from '../../src/codecs/protobuf/codec.js'
import { xml } from '../../src/codecs/xml/codec.js'
import { Field, Message } from '../../src/decorators/message.js'
import { enumOf } from '../../src/schema/algebra.js'
import { compile } from './contract.js'
import { make } from './fixture.js'

enum Grade {
  good = 1,
  bad = 2,
}

@Message('demo.Graded')
class Graded {
  @Field(1, enumOf(Grade, 'demo.Grade')) grade = Grade.good
}

// As polywire exports it, and as anyone who must write proto3 would.
const exported = `syntax = "proto3"; message Graded { Grade grade = 1; } enum Grade { NONE = 0; good = 1; bad = 2; }`
const peer = protobufjs.parse(exported).root.lookupType('Graded')

test('the first member of an enum without 0 is sent, since its absence means 0 to peers', t => {
  const bytes = compile(protobuf, Graded).encode(make(Graded, { grade: Grade.good }))
  t.deepEqual(peer.toObject(peer.decode(bytes)), { grade: 1 })
  const text = compile(json, Graded).encode(make(Graded, { grade: Grade.good }))
  t.is(Buffer.from(text).toString(), '{"grade":"good"}')
})

for (const codec of [json, xml, msgpack, protobuf])
  test(`${codec.name}: an absent enum without 0 is its first member`, t => {
    const { encode, decode } = compile(codec, Graded)
    for (const grade of [Grade.good, Grade.bad])
      t.deepEqual(decode(encode(make(Graded, { grade }))), make(Graded, { grade }))
    t.is(decode(encode(make(Graded, { grade: undefined as never }))).grade, Grade.good)
  })
