/** What the compiler accepts and refuses of `@Field`. Nothing here runs: an `@ts-expect-error` without an error fails the compilation. */
import {
  bool,
  bytes,
  double,
  duration,
  enumOf,
  Field,
  fixed64,
  int32,
  int64,
  listOf,
  Message,
  mapOf,
  type OneOf,
  oneOf,
  optional,
  RpcError,
  setOf,
  streamOf,
  string,
  timestamp,
  uint32,
  uuid,
} from '../../src/index.js'

enum Color {
  Red,
  Green,
}

enum Size {
  Small = 'S',
  Large = 'L',
}

@Message('types.Point')
export class Point {
  @Field(1, double) x!: number
  @Field(2, double) y!: number
}

const contact = { email: [20, string], point: [21, Point], tree: () => Fitting } as const

@Message('types.Fitting')
export class Fitting {
  @Field(string) unnumbered!: string
  @Field(string, { jsonName: 'x' }) unnumberedWithOptions!: string
  @Field(3, int32) small!: number
  @Field(4, uint32) maybe?: number
  @Field(5, int64) big!: bigint
  @Field(6, fixed64) bigOrNull!: bigint | null
  @Field(7, bool) yes = true
  @Field(8, bytes) data!: Uint8Array
  @Field(9, timestamp) at!: Date
  @Field(10, duration) for!: number
  @Field(11, uuid) id!: string
  @Field(12, listOf(string)) tags: string[] = []
  @Field(13, setOf(int64)) ids!: Set<bigint>
  @Field(14, mapOf(string, int64)) counts?: Map<string, bigint>
  @Field(15, mapOf(int32, listOf(Point))) tracks!: Map<number, Point[]>
  @Field(16, enumOf(Color)) color!: Color
  @Field(17, enumOf(Size, 'types.Size')) size!: Size
  @Field(18, Point) point!: Point
  @Field(19, () => Fitting) parent?: Fitting
  @Field(
    22,
    listOf(() => Fitting),
  )
  children!: Fitting[]
  @Field(23, optional(string)) perhaps?: string
  @Field(27, optional(string)) orUndefined!: string | undefined
  @Field(28, optional(int64)) orNull?: bigint | null
  @Field(
    29,
    optional(() => Fitting),
  )
  optionalParent?: Fitting
  @Field(optional(string)) unnumberedOptional?: string
  @Field(30, optional(string), { jsonName: 'y' }) optionalWithOptions?: string
  @Field(31, optional(enumOf(Color))) optionalColor? = Color.Red
  @Field(32, optional(listOf(Point))) optionalList?: Point[]
  @Field(24, string) literal!: 'a' | 'b'
  @Field(25, mapOf(enumOf(Size), Point)) bySize!: Map<Size, Point>
  @Field(33, mapOf(Point, listOf(Point))) byPoint!: Map<Point, Point[]>
  @Field(34, setOf(listOf(Point))) lists!: Set<Point[]>
  @Field(oneOf(contact)) contact?: OneOf<typeof contact>
  @Field(oneOf({ a: string, b: [26, int64] })) inline?: { case: 'a'; value: string } | { case: 'b'; value: bigint }
}

@Message('types.Misfit')
export class Misfit {
  // @ts-expect-error an int64 is a bigint
  @Field(1, int64) big!: number
  // @ts-expect-error an int32 is a number
  @Field(2, int32) small!: bigint
  // @ts-expect-error text is no number
  @Field(3, string) text!: number
  // @ts-expect-error a string property cannot hold a number
  @Field(4, double) amount?: string
  // @ts-expect-error one or the other, and the wire has only one
  @Field(5, string) either!: string | number
  // @ts-expect-error the elements are numbers
  @Field(6, listOf(string)) tags!: number[]
  // @ts-expect-error a list is no set
  @Field(7, listOf(string)) set!: Set<string>
  // @ts-expect-error a map is no record
  @Field(8, mapOf(string, string)) record!: Record<string, string>
  // @ts-expect-error the values are bigints
  @Field(9, mapOf(string, int64)) counts!: Map<string, number>
  // @ts-expect-error the keys are numbers
  @Field(10, mapOf(int32, string)) byNumber!: Map<string, string>
  // @ts-expect-error another enum
  @Field(11, enumOf(Color)) size!: Size
  // @ts-expect-error a timestamp is a Date
  @Field(12, timestamp) at!: number
  // @ts-expect-error a duration is a number of milliseconds
  @Field(13, duration) long!: Date
  // @ts-expect-error bytes are a Uint8Array
  @Field(14, bytes) data!: string
  // @ts-expect-error another message
  @Field(15, Point) point!: Fitting
  // @ts-expect-error another message, by a thunk
  @Field(16, () => Point) later!: { other: string }
  // @ts-expect-error a list of another message
  @Field(
    17,
    listOf(() => Point),
  )
  list!: Fitting[]
  // @ts-expect-error a stream is no field
  @Field(18, streamOf(Point)) stream!: AsyncIterable<Point>
  // @ts-expect-error no such case
  @Field(oneOf({ a: string })) wrongCase?: { case: 'b'; value: string }
  // @ts-expect-error the case holds something else
  @Field(oneOf({ a: [19, int64] })) wrongValue?: { case: 'a'; value: string }
  // @ts-expect-error there is no such option
  @Field(20, string, { nam: 'x' }) option!: string
  // @ts-expect-error an optional string can be undefined
  @Field(21, optional(string)) never!: string
  // @ts-expect-error an optional string can be undefined
  @Field(optional(string)) neverUnnumbered = ''
  // @ts-expect-error another type, optional or not
  @Field(22, optional(string)) other?: number
  // @ts-expect-error a number comes first
  @Field(string, 21) order!: string
  // @ts-expect-error a static property
  @Field(23, string) static shared = ''
  // @ts-expect-error a static property, with a type that may be absent
  @Field(24, optional(string)) static perhaps?: string
  // @ts-expect-error a getter
  @Field(25, string) get read(): string {
    return ''
  }
  // @ts-expect-error a getter, with a type that may be absent
  @Field(26, optional(string)) get readPerhaps(): string | undefined {
    return ''
  }
  // @ts-expect-error a setter
  @Field(27, string) set written(_text: string) {}
  // @ts-expect-error an accessor
  @Field(28, string) accessor accessed = ''
  // @ts-expect-error a method
  @Field(29, string) method(): void {}
}

// @ts-expect-error a map's key is a type
export const keyed = mapOf('string', string)

// @ts-expect-error a number is no type
export const numbers = listOf(5)

// @ts-expect-error a oneOf's case is a type, or a number and a type
export const cases = oneOf({ a: 'string' })

@Message('types.Failed')
export class Failed extends RpcError {
  @Field(1, double) dividend = 0
}
