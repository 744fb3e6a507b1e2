import { Any } from '../../src/codecs/protobuf/any.js'
import { RpcError } from '../../src/core/rpc-error.js'
import { Empty as Nothing } from '../../src/decorators/empty.js'
import { Field, Message } from '../../src/decorators/message.js'
import {
  bool,
  bytes,
  double,
  duration,
  enumOf,
  fieldMask,
  fixed32,
  fixed64,
  float,
  int8,
  int16,
  int32,
  int64,
  listOf,
  listValue,
  mapOf,
  nullValue,
  type OneOf,
  oneOf,
  optional,
  setOf,
  sfixed32,
  sfixed64,
  sint32,
  sint64,
  string,
  struct,
  timestamp,
  uint32,
  uint64,
  uuid,
  value,
  wrapped,
} from '../../src/schema/algebra.js'
import type { JsonObject, JsonValue } from '../../src/schema/json-value.js'

export enum Level {
  none = 0,
  low = 1,
  high = 5,
}
export enum Mood {
  calm = 'CALM',
  wild = 'WILD',
}
export const level = enumOf(Level, 'demo.Level')
export const mood = enumOf(Mood, 'demo.Mood')

@Message('demo.Scalars')
export class Scalars {
  @Field(1, double) double = 0
  @Field(2, float) float = 0
  @Field(3, int8) int8 = 0
  @Field(4, int16) int16 = 0
  @Field(5, int32) int32 = 0
  @Field(6, uint32) uint32 = 0
  @Field(7, sint32) sint32 = 0
  @Field(8, fixed32) fixed32 = 0
  @Field(9, sfixed32) sfixed32 = 0
  @Field(10, int64) int64 = 0n
  @Field(11, uint64) uint64 = 0n
  @Field(12, sint64) sint64 = 0n
  @Field(13, fixed64) fixed64 = 0n
  @Field(14, sfixed64) sfixed64 = 0n
  @Field(15, bool) bool = false
  @Field(16, string) string = ''
  @Field(17, bytes) bytes = new Uint8Array(0)
  @Field(18, uuid) uuid = ''
  @Field(19, timestamp) timestamp?: Date
  @Field(20, duration) duration?: number
  @Field(21, level) level = Level.none
  @Field(22, mood) mood = Mood.calm
}

@Message('demo.Optionals')
export class Optionals {
  @Field(1, optional(double)) double?: number
  @Field(2, optional(int32)) int32?: number
  @Field(3, optional(int64)) int64?: bigint
  @Field(4, optional(bool)) bool?: boolean
  @Field(5, optional(string)) string?: string
  @Field(6, optional(bytes)) bytes?: Uint8Array
  @Field(7, optional(level)) level?: Level
  @Field(8, optional(mood)) mood?: Mood
}

@Message('demo.Item')
export class Item {
  @Field(1, string) name = ''
  @Field(2, double) price = 0
}

@Message('demo.Lists')
export class Lists {
  @Field(1, listOf(double)) doubles: number[] = []
  @Field(2, listOf(int32)) ints: number[] = []
  @Field(3, listOf(sint64)) longs: bigint[] = []
  @Field(4, listOf(bool)) bools: boolean[] = []
  @Field(5, listOf(string)) strings: string[] = []
  @Field(6, listOf(bytes)) blobs: Uint8Array[] = []
  @Field(7, listOf(level)) levels: Level[] = []
  @Field(8, listOf(mood)) moods: Mood[] = []
  @Field(9, listOf(Item)) items: Item[] = []
  @Field(10, listOf(timestamp)) times: Date[] = []
  @Field(11, listOf(duration)) durations: number[] = []
  @Field(12, setOf(string)) tags: Set<string> = new Set()
  @Field(13, setOf(int32)) numbers: Set<number> = new Set()
  @Field(14, listOf(float)) floats: number[] = []
  @Field(15, listOf(fixed64)) fixed: bigint[] = []
}

@Message('demo.Maps')
export class Maps {
  @Field(1, mapOf(string, int64)) counts: Map<string, bigint> = new Map()
  @Field(2, mapOf(int32, string)) names: Map<number, string> = new Map()
  @Field(3, mapOf(bool, double)) votes: Map<boolean, number> = new Map()
  @Field(4, mapOf(int64, Item)) items: Map<bigint, Item> = new Map()
  @Field(5, mapOf(string, mood)) moods: Map<string, Mood> = new Map()
  @Field(6, mapOf(string, bytes)) blobs: Map<string, Uint8Array> = new Map()
  @Field(7, mapOf(uint32, timestamp)) times: Map<number, Date> = new Map()
}

const contact = { email: [1, string], phone: [2, int64], item: [3, Item], mood: [5, mood], at: [6, timestamp] } as const

@Message('demo.Choice')
export class Choice {
  @Field(oneOf(contact)) contact?: OneOf<typeof contact>
  @Field(4, string) note = ''
}

@Message('demo.Tree')
export class Tree {
  @Field(1, string) name = ''
  @Field(2, () => Tree) left?: Tree
  @Field(
    3,
    listOf(() => Tree),
  )
  children: Tree[] = []
  @Field(
    4,
    mapOf(string, () => Tree),
  )
  named: Map<string, Tree> = new Map()
}

@Message('demo.Animal')
export class Animal {
  @Field(1, string) name = ''
  @Field(2, int32) legs = 4
  hello(): string {
    return `I am ${this.name}`
  }
}

@Message('demo.Dog')
export class Dog extends Animal {
  @Field(3, bool) barks = true
}

@Message('demo.OutOfStock')
export class OutOfStock extends RpcError {
  @Field(1, string) sku = ''
  @Field(2, int32) left = 0
}

@Message('demo.Empty')
export class Empty {}

/** Two versions of one message. */
@Message('demo.Person')
export class PersonV1 {
  @Field(1, string) name = ''
}

@Message('demo.Person')
export class PersonV2 {
  @Field(1, string) name = ''
  @Field(2, int32) age = 0
  @Field(3, optional(string)) email?: string
  @Field(4, listOf(string)) tags: string[] = []
  @Field(5, int32) retries = 3
  @Field(6, Item) item?: Item
  @Field(7, mapOf(string, Item)) stock: Map<string, Item> = new Map()
  @Field(8, double) weight = 0
  @Field(9, fixed32) checksum = 0
}

const shared = [1]

/** Lists, sets and maps with initial elements. */
@Message('demo.Initial')
export class Initial {
  @Field(1, listOf(int32)) list = [1, 2]
  @Field(2, setOf(string)) set = new Set(['a'])
  @Field(3, mapOf(string, int32)) map = new Map([['a', 1]])
  @Field(4, listOf(int32)) shared = shared
  @Field(5, listOf(Item)) items = [new Item()]
}

/** Two versions of two enums: an open one of numbers, and a closed one of strings. */
export enum SignalV1 {
  off,
  on,
}
export enum SignalV2 {
  off,
  on,
  blinking,
}
export enum ToneV1 {
  low = 'LOW',
  high = 'HIGH',
}
export enum ToneV2 {
  low = 'LOW',
  high = 'HIGH',
  shrill = 'SHRILL',
}

const signalV1 = enumOf(SignalV1, 'demo.Signal')
const signalV2 = enumOf(SignalV2, 'demo.Signal')
const toneV1 = enumOf(ToneV1, 'demo.Tone')
const toneV2 = enumOf(ToneV2, 'demo.Tone')
const soundV1 = { pitch: [9, toneV1], text: [10, string] } as const
const soundV2 = { pitch: [9, toneV2], text: [10, string] } as const

@Message('demo.Alarm')
export class AlarmV1 {
  @Field(1, signalV1) signal = SignalV1.off
  @Field(2, toneV1) tone = ToneV1.low
  @Field(3, toneV1) initial = ToneV1.high
  @Field(4, optional(toneV1)) maybe?: ToneV1
  @Field(5, listOf(toneV1)) list: ToneV1[] = []
  @Field(6, setOf(toneV1)) set: Set<ToneV1> = new Set()
  @Field(7, mapOf(string, toneV1)) values: Map<string, ToneV1> = new Map()
  @Field(8, mapOf(toneV1, string)) keys: Map<ToneV1, string> = new Map()
  @Field(oneOf(soundV1)) sound?: OneOf<typeof soundV1>
  @Field(11, listOf(signalV1)) signals: SignalV1[] = []
  @Field(12, string) note = ''
}

@Message('demo.Alarm')
export class AlarmV2 {
  @Field(1, signalV2) signal = SignalV2.off
  @Field(2, toneV2) tone = ToneV2.low
  @Field(3, toneV2) initial = ToneV2.high
  @Field(4, optional(toneV2)) maybe?: ToneV2
  @Field(5, listOf(toneV2)) list: ToneV2[] = []
  @Field(6, setOf(toneV2)) set: Set<ToneV2> = new Set()
  @Field(7, mapOf(string, toneV2)) values: Map<string, ToneV2> = new Map()
  @Field(8, mapOf(toneV2, string)) keys: Map<ToneV2, string> = new Map()
  @Field(oneOf(soundV2)) sound?: OneOf<typeof soundV2>
  @Field(11, listOf(signalV2)) signals: SignalV2[] = []
  @Field(12, string) note = ''
}

const detail = { json: [9, value], name: [10, wrapped(string)], mask: [11, fieldMask], none: [17, nullValue] } as const

@Message('demo.WellKnown')
export class WellKnown {
  @Field(1, struct) struct?: JsonObject
  @Field(2, value) value?: JsonValue
  @Field(3, listValue) listValue?: readonly JsonValue[]
  @Field(4, fieldMask) fieldMask?: readonly string[]
  @Field(5, wrapped(string)) text?: string
  @Field(6, wrapped(int64)) long?: bigint
  @Field(7, listOf(wrapped(int32))) numbers: number[] = []
  @Field(8, mapOf(string, value)) values = new Map<string, JsonValue>()
  @Field(oneOf(detail)) detail?: OneOf<typeof detail>
  @Field(12, Any) any?: Any
  @Field(13, listOf(value)) list: JsonValue[] = []
  @Field(14, wrapped(bool)) flag?: boolean
  @Field(15, wrapped(bytes)) blob?: Uint8Array
  @Field(16, Nothing) nothing?: Nothing
}

/** `values` assigned to a new instance of `type`. */
export function make<T extends object>(type: new () => T, values: Partial<T> = {}): T {
  return Object.assign(new type(), values)
}
