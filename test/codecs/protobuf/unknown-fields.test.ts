import test from 'ava'
import { protobuf, protobufCodec } from '../../../src/codecs/protobuf/codec.js'
import { Code } from '../../../src/core/code.js'
import { RpcError } from '../../../src/core/rpc-error.js'
import { Field, Message } from '../../../src/decorators/message.js'
import { bytes, int32, listOf, mapOf, type OneOf, oneOf, sfixed32, string } from '../../../src/schema/algebra.js'
import type { MessageSchema } from '../../../src/schema/message.js'
import { messageSchemaOf } from '../../../src/schema/resolve.js'
import { compile } from '../contract.js'
import { make } from '../fixture.js'

@Message('kept.Part')
class NewPart {
  @Field(1, string) name = ''
  @Field(200, string) more = ''
}
const newChoice = { text: [5, string], piece: [6, NewPart] } as const
@Message('kept.Whole')
class NewWhole {
  @Field(1, NewPart) part?: NewPart
  @Field(2, listOf(NewPart)) parts: NewPart[] = []
  @Field(3, mapOf(string, NewPart)) named = new Map<string, NewPart>()
  @Field(oneOf(newChoice)) choice?: OneOf<typeof newChoice>
  @Field(7, bytes) blob = new Uint8Array(0)
  @Field(8, sfixed32) fixed = 0
  @Field(9, listOf(int32)) numbers: number[] = []
  @Field(50_000, string) far = ''
}

@Message('kept.Part')
class OldPart {
  @Field(1, string) name = ''
}
const oldChoice = { text: [5, string] } as const
@Message('kept.Whole')
class OldWhole {
  @Field(1, OldPart) part?: OldPart
  @Field(2, listOf(OldPart)) parts: OldPart[] = []
  @Field(3, mapOf(string, OldPart)) named = new Map<string, OldPart>()
  @Field(oneOf(oldChoice)) choice?: OneOf<typeof oldChoice>
}

const part = make(NewPart, { name: 'a', more: 'b' })
const whole = make(NewWhole, {
  part,
  parts: [part, new NewPart(), part],
  named: new Map([['x', part]]),
  choice: { case: 'piece', value: part },
  blob: new Uint8Array(1000).fill(1),
  fixed: -7,
  numbers: [1, 2, 300],
  far: 'away',
})
const newer = compile(protobuf, NewWhole)
const older = compile(protobuf, OldWhole)

test('what a service in the middle does not know passes through it', t => {
  const between = older.decode(newer.encode(whole))
  t.deepEqual(newer.decode(older.encode(between)), whole)
  t.deepEqual(newer.decode(older.encode({ ...between })), whole, 'also by a spread')
  t.is(JSON.stringify(between), JSON.stringify({ ...between }), 'and it is out of sight')
  t.deepEqual(Object.keys(between), Object.keys(new OldWhole()))
  between.part = make(OldPart, { name: 'changed' })
  t.deepEqual(
    newer.decode(older.encode(between)),
    make(NewWhole, { ...whole, part: make(NewPart, { name: 'changed' }) }),
  )
})

test('groups, and fields that arrive again, are kept as they came', t => {
  const part = compile(protobuf, OldPart)
  const sent = Buffer.from('0a0161 13 10 01 0a0162 14 1a0163 1a0164 a80101'.replaceAll(' ', ''), 'hex')
  t.is(
    Buffer.from(part.encode(part.decode(sent))).toString('hex'),
    '0a0161131001 0a016214 1a0163 1a0164 a80101'.replaceAll(' ', ''),
  )
})

test('it can be turned off', t => {
  const dropping = protobufCodec({ unknownFields: 'drop' })
  const serializer = compile(dropping, OldWhole)
  const between = serializer.decode(newer.encode(whole))
  t.deepEqual(newer.decode(serializer.encode(between)).far, '')
  t.deepEqual(Object.getOwnPropertySymbols(between), [])
})

test('each message that keeps some counts as one of limits.values', t => {
  const schema = messageSchemaOf(OldWhole) as MessageSchema<OldWhole>
  const sent = newer.encode(make(NewWhole, { parts: new Array<NewPart>(100).fill(part) }))
  const error = t.throws(() => protobuf.compile(schema, { depth: 64, values: 150 }).decode(sent), {
    instanceOf: RpcError,
  })
  t.is((error as RpcError).code, Code.resource_exhausted)
  t.notThrows(() => protobufCodec({ unknownFields: 'drop' }).compile(schema, { depth: 64, values: 150 }).decode(sent))
})
