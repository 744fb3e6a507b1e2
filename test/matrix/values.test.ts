import test from 'ava'
import {
  Arg,
  Code,
  connect,
  disconnect,
  enumOf,
  Field,
  int32,
  listOf,
  Message,
  Method,
  optional,
  RpcError,
  type Server,
  Service,
  serve,
  setOf,
  string,
  type TargetObject,
} from '../../src/index.js'
import { type Wire, wires } from './wires.js'

enum OldKind {
  Plain,
  Fancy,
}
enum NewKind {
  Plain,
  Fancy,
  Newer = 9,
}
enum OldTone {
  Low = 'low',
}
enum NewTone {
  Low = 'low',
  High = 'high',
}

@Message('values.Thing')
class OldThing {
  @Field(1, enumOf(OldKind, 'values.Kind')) kind = OldKind.Fancy
  @Field(2, listOf(enumOf(OldTone, 'values.Tone'))) tones: OldTone[] = []
  @Field(3, string) note = ''
}
@Message('values.Thing')
class NewThing {
  @Field(1, enumOf(NewKind, 'values.Kind')) kind = NewKind.Fancy
  @Field(2, listOf(enumOf(NewTone, 'values.Tone'))) tones: NewTone[] = []
  @Field(3, string) note = ''
}

@Service('values.Things')
class OldThings {
  @Method({ accepts: OldThing, returns: OldThing })
  async change(thing: OldThing): Promise<OldThing> {
    return thing
  }
  @Method(enumOf(OldTone, 'values.Tone'))
  async tone(): Promise<OldTone> {
    return OldTone.Low
  }
}
@Service('values.Things')
class NewThings {
  @Method({ accepts: NewThing, returns: NewThing })
  async change({ note }: NewThing): Promise<NewThing> {
    return { kind: NewKind.Newer, tones: [NewTone.High, NewTone.Low], note }
  }
  @Method(enumOf(NewTone, 'values.Tone'))
  async tone(): Promise<NewTone> {
    return NewTone.High
  }
}

@Service('values.Arguments')
class Arguments {
  @Method(string)
  async show(
    @Arg(1, 'name', string) name: string,
    @Arg(2, 'count', int32) count = 7,
    @Arg(3, 'tags', listOf(string)) tags: string[] = [],
    @Arg(4, 'limit', optional(int32)) limit?: number,
  ): Promise<string> {
    return JSON.stringify([name, count, tags, limit ?? null])
  }
  @Method({ accepts: int32, returns: int32 })
  async echo(count = 5): Promise<number> {
    return count
  }
  @Method(string)
  async fail(@Arg(1, 'message', string) message: string): Promise<string> {
    throw new RpcError(`${message}\ud800.`, Code.not_found)
  }
}

@Message('values.Initial')
class Initial {
  @Field(1, listOf(int32)) list = [1, 2]
  @Field(2, setOf(string)) set = new Set(['a'])
}
@Service('values.Initials')
class Initials {
  @Method({ accepts: Initial, returns: string })
  async list({ list, set }: Initial): Promise<string> {
    return JSON.stringify([list, [...set]])
  }
}

let server: Server
test.before(async () => {
  const options = { host: '127.0.0.1', memory: 'values', report: () => {} }
  server = await serve([NewThings, Arguments, Initials], options)
})
test.after.always(() => server.close())

function targetOf({ protocol, codec, options }: Wire): TargetObject {
  return { protocol, codec, options, endpoints: [protocol === 'memory' ? 'values' : server.address] }
}

/** What the wire has of an enum's member. */
function memberOn({ codec, protocol }: Wire): 'name' | 'number' | 'symbol' {
  if (codec === 'avro') return 'symbol'
  return ['json', 'xml', 'msgpack'].includes(codec) && protocol !== 'thrift' ? 'name' : 'number'
}

for (const wire of wires.filter(({ lacks }) => lacks.wire === undefined)) {
  const name = [wire.protocol, wire.codec, ...Object.values(wire.options)].join(' ')

  test(`${name}: a member that the reader's enum does not have breaks nothing`, async t => {
    const things = connect(OldThings, targetOf(wire))
    t.teardown(() => disconnect(things))
    const { kind, tones, note } = await things.change({ kind: OldKind.Plain, tones: [], note: 'kept' })
    t.is(kind as number, { name: OldKind.Fancy, number: NewKind.Newer, symbol: OldKind.Plain }[memberOn(wire)])
    t.deepEqual(tones, memberOn(wire) === 'symbol' ? [OldTone.Low, OldTone.Low] : [OldTone.Low])
    t.is(note, 'kept')
    t.is(await things.tone(), OldTone.Low)
  })

  test(`${name}: the default value of an argument applies if it is absent, and a zero arrives as one`, async t => {
    const args = connect(Arguments, targetOf(wire))
    t.teardown(() => disconnect(args))
    t.is(await args.show('a'), '["a",7,[],null]')
    t.is(await args.show('', 0, ['x'], 0), '["",0,["x"],0]')
    t.is(await args.echo(), 5)
    t.is(await args.echo(0), 0)
  })

  test(`${name}: a lone surrogate is refused in a message and replaced in the message of an error`, async t => {
    const args = connect(Arguments, targetOf(wire))
    t.teardown(() => disconnect(args))
    const error = (await t.throwsAsync(args.show('a\udc00'), { instanceOf: RpcError })) as RpcError
    t.is(error.code, Code.invalid_argument)
    t.is(error.reason, 'invalid_message')
    t.regex(error.message, /name: expected string, got text with half a surrogate pair/)
    const told = (await t.throwsAsync(args.fail('text'), { instanceOf: RpcError })) as RpcError
    t.is(told.code, Code.not_found)
    t.is(told.message, 'text\ufffd.')
  })

  test(`${name}: initial elements stay if the field is absent`, async t => {
    const target = targetOf(wire)
    if (wire.codec === 'proto') {
      const error = t.throws(() => connect(Initials, target), { instanceOf: RpcError }) as RpcError
      t.regex(error.message, /Initial\.list: protobuf cannot tell an empty list from an absent one/)
      return
    }
    const initials = connect(Initials, target)
    t.teardown(() => disconnect(initials))
    t.is(await initials.list({} as Initial), '[[1,2],["a"]]')
    t.is(await initials.list({ list: [], set: new Set() }), '[[],[]]')
  })
}
