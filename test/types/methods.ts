/** What the compiler accepts and refuses of `@Method`, `@Arg`, `@Throws` and `connect`. Nothing here runs; see fields.ts. */
import {
  Arg,
  type Call,
  Context,
  connect,
  double,
  enumOf,
  Field,
  Idempotent,
  int64,
  listOf,
  Message,
  Method,
  nothing,
  optional,
  Safe,
  Service,
  streamOf,
  string,
  Throws,
  withCall,
} from '../../src/index.js'
import { Failed, Fitting, Point } from './fields.js'

@Message('types.Fitted')
export class Fitted {
  @Field(1, string) must!: string
  @Field(2, string) may?: string
}

enum Color {
  Red,
  Green,
}

@Service('types.Fits')
export class Fits {
  @Method(Point) async message(point: Point): Promise<Point> {
    return point
  }
  @Method(() => Point) async thunk(point: Point): Promise<Point> {
    return point
  }
  @Method(listOf(Point)) async list(): Promise<Point[]> {
    return []
  }
  @Method(optional(Point)) async maybe(): Promise<Point | undefined> {
    return undefined
  }
  @Method(nothing) async none(): Promise<void> {}
  @Method(int64) async big(): Promise<bigint> {
    return 1n
  }
  @Method(Point) @Safe() @Idempotent() @Throws(Failed, () => Failed) async declared(_call: Point): Promise<Point> {
    return new Point()
  }
  @Method({ returns: string, name: 'Greet' }) async named(name: string): Promise<string> {
    return name
  }
  @Method({ returns: nothing, oneway: true }) async oneway(_point: Point): Promise<void> {}
  @Method({ accepts: Point, returns: Point }) async accepts(point: Point): Promise<Point> {
    return point
  }
  @Method({ accepts: Point, returns: Point }) async withContext(point: Point, @Context() _call?: Call): Promise<Point> {
    return point
  }
  @Method(streamOf(Point)) async *streams(_point: Point): AsyncIterable<Point> {}
  @Method({ returns: streamOf(Point) }) async *streamsToo(_point: Point): AsyncGenerator<Point> {}
  @Method(streamOf(Point)) async *inferredStream(point: Point) {
    yield point
  }
  @Method(Fitted) async inferred(_point: Point) {
    return { must: 'be there' }
  }
  @Method(Point) async more(): Promise<Point & { z: number }> {
    return { x: 1, y: 2, z: 3 }
  }
  @Method({ accepts: Point, returns: streamOf(string) }) async *streamsText(_point: Point): AsyncIterable<string> {}
  @Method({ accepts: streamOf(Point), returns: Point }) async collects(_points: AsyncIterable<Point>): Promise<Point> {
    return new Point()
  }
  @Method({ accepts: streamOf(Point), returns: streamOf(Point) }) async *chats(
    points: AsyncIterable<Point>,
    @Context() _call?: Call,
  ): AsyncIterable<Point> {
    yield* points
  }
  @Method(double) async divide(@Arg(1, 'a', double) a: number, @Arg(2, 'b', double) b: number): Promise<number> {
    return a / b
  }
  @Method(nothing) async optionalArgument(
    @Arg(1, 'a', double) _a: number,
    @Arg(2, 'b', optional(string)) _b?: string,
    @Arg(3, 'c', enumOf(Color)) _c?: Color,
    @Arg(4, 'd') _d?: string,
  ): Promise<void> {}
}

@Service('types.Misfits')
export class Misfits {
  // @ts-expect-error the reply is no Point
  @Method(Point) async reply(): Promise<{ other: number }> {
    return { other: 1 }
  }
  // @ts-expect-error the reply is no Point, by a thunk
  @Method(() => Point) async thunk(): Promise<string> {
    return ''
  }
  // @ts-expect-error a promise is missing
  @Method(string) direct(): string {
    return ''
  }
  // @ts-expect-error an int64 is a bigint
  @Method(int64) async big(): Promise<number> {
    return 1
  }
  // @ts-expect-error something is returned
  @Method(nothing) async something(): Promise<string> {
    return ''
  }
  // @ts-expect-error it may be undefined: optional(...)
  @Method(Point) async maybe(): Promise<Point | undefined> {
    return undefined
  }
  // @ts-expect-error a stream is declared, a promise returned
  @Method(streamOf(Point)) async noStream(): Promise<Point> {
    return new Point()
  }
  // @ts-expect-error a promise is declared, a stream returned
  @Method(Point) async *stream(): AsyncIterable<Point> {}
  // @ts-expect-error a stream of something else
  @Method(streamOf(Point)) async *otherStream(): AsyncIterable<string> {}
  // @ts-expect-error it accepts something else
  @Method({ accepts: Point, returns: Point }) async accepts(_fitting: Fitting): Promise<Point> {
    return new Point()
  }
  // @ts-expect-error it takes one request and not a stream of them
  @Method({ accepts: streamOf(Point), returns: Point }) async takesOne(point: Point): Promise<Point> {
    return point
  }
  // @ts-expect-error it takes a stream of something else
  @Method({ accepts: streamOf(Point), returns: Point }) async takesOthers(_: AsyncIterable<Fitting>): Promise<Point> {
    return new Point()
  }
  // @ts-expect-error it takes a stream, and one request is declared
  @Method({ accepts: Point, returns: Point }) async takesMany(_points: AsyncIterable<Point>): Promise<Point> {
    return new Point()
  }
  // @ts-expect-error a stream in is declared, and one out returned
  @Method({ accepts: streamOf(Point), returns: Point }) async *chats(_: AsyncIterable<Point>): AsyncIterable<Point> {}
  // @ts-expect-error there is no such option
  @Method({ returns: Point, nam: 'x' }) async option(): Promise<Point> {
    return new Point()
  }
  // @ts-expect-error the parameter is a string
  @Method(nothing) async text(@Arg(1, 'a', double) _a: string): Promise<void> {}
  // @ts-expect-error the second parameter is a number
  @Method(nothing) async second(@Arg(1, 'a', string) _a: string, @Arg(2, 'b', string) _b: number): Promise<void> {}
  // @ts-expect-error one member of the enum is not all of it
  @Method(nothing) async oneColor(@Arg(1, 'a', enumOf(Color)) _a: Color.Red): Promise<void> {}
  // @ts-expect-error the parameter must always be there
  @Method(nothing) async must(@Arg(1, 'a', optional(string)) _a: string): Promise<void> {}
  // @ts-expect-error the context is a Call
  @Method(nothing) async context(@Context() _call: string): Promise<void> {}
  // @ts-expect-error a message that is no error
  @Method(nothing) @Throws(Point) async throws(): Promise<void> {}
  // @ts-expect-error a method and no field
  @Method(string) property = ''
}

declare const remote: ReturnType<typeof connect<Fits>>

export async function calls(): Promise<void> {
  const hello = connect(Fits, 'memory://types')
  const same: Fits = hello
  const reply: Point = await hello.message({ x: 1, y: 2 })
  const ticks: AsyncIterable<Point> = hello.streams(reply)
  const again: Promise<Point> = withCall(remote, { timeout: '50ms' }).message(reply)
  // @ts-expect-error y is missing
  await hello.message({ x: 1 })
  // @ts-expect-error the method does not exist
  await hello.missing()
  // @ts-expect-error 50 what?
  withCall(hello, { timeout: '50' })
  void [same, ticks, again]
}
