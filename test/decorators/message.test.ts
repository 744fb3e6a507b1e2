import 'reflect-metadata'
import test from 'ava'
import { RpcError } from '../../src/core/rpc-error.js'
import { Field, Message } from '../../src/decorators/message.js'
import {
  bytes,
  enumOf,
  int32,
  listOf,
  mapOf,
  type OneOf,
  oneOf,
  optional,
  string,
  timestamp,
} from '../../src/schema/algebra.js'
import type { FieldSchema, MessageSchema } from '../../src/schema/message.js'
import { messageSchemaOf } from '../../src/schema/resolve.js'
import type { Class, ValueType } from '../../src/schema/type.js'

function schemaOf(type: Class) {
  const schema = messageSchemaOf(type)
  if (schema === undefined) throw new Error(`${type.name} is no message`)
  return schema
}

/** The message that a type is, or is a list of. */
function messageIn(type: ValueType | undefined): MessageSchema | undefined {
  if (type?.kind === 'list') return messageIn(type.element)
  return type?.kind === 'message' ? type.message : undefined
}

function fieldsOf(type: Class): Record<string, FieldSchema> {
  return Object.fromEntries(schemaOf(type).fields.map(field => [field.key, field]))
}

enum Level {
  Low,
  High,
}

const contact = { email: [20, string], phone: [21, string] } as const

@Message('demo.Everything')
class Everything {
  @Field(1, string) text!: string
  @Field(2, string) greeting = 'hello'
  @Field(3, string) empty = ''
  @Field(4, optional(string)) maybe?: string
  @Field(5, optional(int32)) maybeZero? = 0
  @Field(6, timestamp) at?: Date
  @Field(7, timestamp) since = new Date(5)
  @Field(8, listOf(string)) tags: string[] = ['initial']
  @Field(9, mapOf(string, int32)) counts!: Map<string, number>
  @Field(10, bytes) data = new Uint8Array(0)
  @Field(11, bytes) magic = new Uint8Array([1, 2])
  @Field(12, enumOf(Level)) level!: Level
  @Field(13, enumOf(Level)) high = Level.High
  @Field(14, () => Everything) child?: Everything
  @Field(15, string, { required: true }) must!: string
  @Field(16, int32) not!: number
  @Field(oneOf(contact)) contact?: OneOf<typeof contact>
}

test('presence follows from type, optional, initialiser and required', t => {
  const fields = fieldsOf(Everything)
  t.deepEqual(Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, field.presence])), {
    text: 'implicit',
    greeting: 'explicit',
    empty: 'implicit',
    maybe: 'explicit',
    maybeZero: 'explicit',
    at: 'explicit',
    since: 'explicit',
    tags: 'explicit',
    counts: 'implicit',
    data: 'implicit',
    magic: 'explicit',
    level: 'implicit',
    high: 'explicit',
    child: 'explicit',
    must: 'required',
    not: 'implicit',
    contact: 'explicit',
  })
})

test('an absent field takes its initial value, else undefined where it is optional, else the zero of its type', t => {
  const fields = fieldsOf(Everything)
  const defaults = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, field.makeDefault()]))
  t.deepEqual(defaults, {
    text: '',
    greeting: 'hello',
    empty: '',
    maybe: undefined,
    maybeZero: 0,
    at: undefined,
    since: new Date(5),
    tags: ['initial'],
    counts: new Map(),
    data: new Uint8Array(0),
    magic: new Uint8Array([1, 2]),
    level: Level.Low,
    high: Level.High,
    child: undefined,
    must: '',
    not: 0,
    contact: undefined,
  })
  for (const key of ['since', 'tags', 'counts', 'magic'])
    t.not(fields[key]?.makeDefault(), fields[key]?.makeDefault(), `${key} is shared`)
})

test('names, numbers and options are as declared', t => {
  @Message()
  class Named {
    @Field(1, string, { name: 'user_name', jsonName: 'userName', aliases: ['login'], attribute: true }) user!: string
    @Field(string) unnumbered!: string
    @Field({ name: 'designed' }) byDesign!: string
  }
  t.is(schemaOf(Named).name, 'Named')
  const { user, unnumbered, byDesign } = fieldsOf(Named)
  t.like(user, { name: 'user_name', jsonName: 'userName', aliases: ['login'], attribute: true, number: 1 })
  t.like(unnumbered, { name: 'unnumbered', jsonName: 'unnumbered', aliases: [], attribute: false, number: undefined })
  t.like(byDesign, { name: 'designed', jsonName: 'designed', type: { kind: 'scalar', name: 'string' } })
})

test('what the compiler emits is enough for string, boolean, number and message classes', t => {
  @Message()
  class Inner {
    @Field(1) flag!: boolean
  }
  @Message()
  class Outer {
    @Field(1) text!: string
    @Field(2) amount!: number
    @Field(3) inner!: Inner
  }
  const { text, amount, inner } = fieldsOf(Outer)
  t.like(text?.type, { kind: 'scalar', name: 'string' })
  t.like(amount?.type, { kind: 'scalar', name: 'double' })
  t.is(messageIn(inner?.type), schemaOf(Inner))
  t.like(fieldsOf(Inner).flag?.type, { kind: 'scalar', name: 'bool' })
})

test('classes refer to themselves and to each other', t => {
  @Message()
  class Tree {
    @Field(
      1,
      listOf(() => Tree),
    )
    children: Tree[] = []
    @Field(2, () => Leaf) leaf?: object
  }
  @Message()
  class Leaf {
    @Field(1, () => Tree) tree?: Tree
  }
  const { children, leaf } = fieldsOf(Tree)
  t.is(messageIn(children?.type), schemaOf(Tree))
  t.is(messageIn(leaf?.type), schemaOf(Leaf))
  t.is(messageIn(fieldsOf(Leaf).tree?.type), schemaOf(Tree))
})

test('a message inherits fields, the base first, and may declare one anew', t => {
  @Message('demo.Base')
  class Base {
    @Field(1, string) id!: string
    @Field(2, int32) size!: number
  }
  @Message()
  class Derived extends Base {
    @Field(3, string) extra!: string
    @Field(2, int32, { name: 'length' }) declare size: number
  }
  t.is(schemaOf(Derived).name, 'Derived')
  t.deepEqual(
    schemaOf(Derived).fields.map(({ key, name, number }) => [key, name, number]),
    [
      ['id', 'id', 1],
      ['size', 'length', 2],
      ['extra', 'extra', 3],
    ],
  )
  t.is(schemaOf(Base).fields.length, 2, 'the base is as it was')
  t.true(schemaOf(Derived).create() instanceof Derived)
})

test('a base without @Message lends its fields', t => {
  abstract class Audited {
    @Field(1, timestamp) changed?: Date
  }
  @Message()
  class Order extends Audited {
    @Field(2, string) item!: string
  }
  t.deepEqual(Object.keys(fieldsOf(Order)), ['changed', 'item'])
  t.is(messageSchemaOf(Audited), undefined)
})

test('an error message is one that extends RpcError', t => {
  @Message('demo.Failed')
  class Failed extends RpcError {
    @Field(1, string) what = ''
  }
  t.true(schemaOf(Failed).isError)
  t.false(schemaOf(Everything).isError)
  t.true(schemaOf(Failed).create() instanceof RpcError)
})

test('a schema is read once and frozen', t => {
  t.is(messageSchemaOf(Everything), messageSchemaOf(Everything))
  t.is(schemaOf(Everything).fields, schemaOf(Everything).fields)
  t.true(Object.isFrozen(schemaOf(Everything).fields))
})
