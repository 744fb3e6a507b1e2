/** What the compiler accepts and refuses of `@Method`, `@Throws`, policies and `connect`, in both modes. Nothing here runs; see fields.ts. */
import {
  Cached,
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
  type Policy,
  Resumable,
  Retry,
  Safe,
  Service,
  streamOf,
  string,
  Throws,
  Timeout,
  Use,
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

const timed: Policy = next => next

@Service('types.Fits')
@Timeout('1s')
@Use(timed)
export class Fits {
  @Method({ accepts: Point, returns: Point }) async message(point: Point): Promise<Point> {
    return point
  }
  @Method({ accepts: () => Point, returns: () => Point }) async thunk(point: Point): Promise<Point> {
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
  @Method({ accepts: Point, returns: Point, name: 'Declared' })
  @Safe()
  @Idempotent()
  @Throws(Failed, () => Failed)
  @Retry({ attempts: 2 })
  @Cached({ ttl: '1s' })
  async declared(_call: Point): Promise<Point> {
    return new Point()
  }
  @Method({ returns: string, name: 'Greet' }) async named(): Promise<string> {
    return ''
  }
  @Method({ accepts: Point, returns: nothing, oneway: true }) async oneway(_point: Point): Promise<void> {}
  @Method({ accepts: string, returns: string }) async text(text: string): Promise<string> {
    return text
  }
  @Method({ accepts: Point, returns: streamOf(Point) }) async *streams(_point: Point): AsyncIterable<Point> {}
  @Method({ accepts: Point, returns: streamOf(Point) })
  @Resumable({ key: ({ x }: Point) => x, maxBackoff: '1s' })
  async *resumes(_point: Point): AsyncIterable<Point> {}
  @Method({ args: { from: int64 }, returns: streamOf(int64) })
  @Resumable({ key: (count: bigint | undefined) => count })
  async *resumesToo(from: bigint): AsyncIterable<bigint> {
    yield from
  }
  @Method({ returns: streamOf(Point) }) async *streamsToo(): AsyncGenerator<Point> {}
  @Method({ accepts: Point, returns: streamOf(Point) }) async *inferredStream(point: Point) {
    yield point
  }
  @Method({ accepts: Point, returns: Fitted }) async inferred(_point: Point) {
    return { must: 'be there' }
  }
  @Method(Point) async more(): Promise<Point & { z: number }> {
    return { x: 1, y: 2, z: 3 }
  }
  @Method({ accepts: Point, returns: Point }) async generic<T extends Point>(point: T): Promise<T> {
    return point
  }
  @Method({ accepts: Point, returns: streamOf(string) }) async *streamsText(_point: Point): AsyncIterable<string> {}
  @Method({ accepts: streamOf(Point), returns: Point }) async collects(_points: AsyncIterable<Point>): Promise<Point> {
    return new Point()
  }
  @Method({ accepts: streamOf(Point), returns: streamOf(Point) }) async *chats(
    points: AsyncIterable<Point>,
  ): AsyncIterable<Point> {
    yield* points
  }
  @Method({ args: { dividend: double, divisor: double }, returns: double })
  async divide(a: number, b: number): Promise<number> {
    return a / b
  }
  @Method({ args: { a: double, b: optional(string), c: [4, enumOf(Color)], d: listOf(Point) }, returns: nothing })
  async positional(_a: number, _b?: string, _c = Color.Red, _d: readonly Point[] = []): Promise<void> {}
  @Method({ args: { from: optional(int64) }, returns: streamOf(int64) }) async *counts(
    from = 0n,
  ): AsyncIterable<bigint> {
    yield from
  }
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
  // @ts-expect-error the replies have another type
  @Resumable({ key: ({ id }: { id: string }) => id })
  @Method(streamOf(Point))
  async *resumes(): AsyncIterable<Point> {}
  // @ts-expect-error it returns one reply
  @Resumable({ key: ({ x }: Point) => x })
  @Method(Point)
  async resumesOne(): Promise<Point> {
    return new Point()
  }
  // @ts-expect-error a point is no key
  @Resumable({ key: (point: Point) => point })
  @Method(streamOf(Point))
  async *resumesPoints(): AsyncIterable<Point> {}
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
  @Method({ args: { a: double }, returns: nothing }) async text(_a: string): Promise<void> {}
  // @ts-expect-error no parameter takes the number
  @Method({ args: { a: string, b: double }, returns: nothing }) async second(_a: string, _b: string): Promise<void> {}
  // @ts-expect-error no argument is for the second parameter
  @Method({ args: { a: string, b: string }, returns: nothing }) async other(_a: string, _b: number): Promise<void> {}
  // @ts-expect-error a third parameter
  @Method({ args: { a: string, b: string }, returns: nothing }) async three(
    _: string,
    _b: string,
    _c: string,
  ): Promise<void> {}
  // @ts-expect-error only one parameter
  @Method({ args: { a: string, b: string }, returns: nothing }) async one(_a: string): Promise<void> {}
  // @ts-expect-error one member of the enum is not all of it
  @Method({ args: { a: enumOf(Color) }, returns: nothing }) async oneColor(_a: Color.Red): Promise<void> {}
  // @ts-expect-error the reply of a method with positional arguments
  @Method({ args: { a: string }, returns: double }) async result(a: string): Promise<string> {
    return a
  }
  // @ts-expect-error a type and no class of JavaScript
  @Method({ args: { a: 'string' }, returns: nothing }) async noType(_a: string): Promise<void> {}
  // @ts-expect-error a message that is no error
  @Method(nothing) @Throws(Point) async throws(): Promise<void> {}
  // @ts-expect-error a method and no field
  @Method(string) property = ''
  // @ts-expect-error a method and no field
  @Safe() safe = ''
  // @ts-expect-error a policy of a property
  @Retry() retried = ''
  // @ts-expect-error a getter
  @Method(string) get read(): string {
    return ''
  }
  // @ts-expect-error a setter
  @Method(string) set written(_text: string) {}
  // @ts-expect-error a policy of a getter
  @Retry() get retriedRead(): string {
    return ''
  }
  // @ts-expect-error the errors of a setter
  @Throws(Failed) set throwsWritten(_text: string) {}
  // @ts-expect-error a static method
  @Method(nothing) static async none(): Promise<void> {}
  // @ts-expect-error a static method with a parameter
  @Method({ accepts: Point, returns: Point }) static async accepts(point: Point): Promise<Point> {
    return point
  }
  // @ts-expect-error a static method with positional arguments
  @Method({ args: { a: double }, returns: nothing }) static async positional(_a: number): Promise<void> {}
  // @ts-expect-error a static method that is no method of the service, either
  @Safe() static async safe(): Promise<void> {}
  // @ts-expect-error the errors of a static method
  @Throws(Failed) static async throws(): Promise<void> {}
  // @ts-expect-error the policy of a static method
  @Retry() static async retried(): Promise<void> {}
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
