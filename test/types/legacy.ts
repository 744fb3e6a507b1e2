/** What only `experimentalDecorators` allow: parameter decorators, and types that the compiler emits. Nothing here runs; see fields.ts. */
import {
  Arg,
  type Call,
  Context,
  double,
  enumOf,
  Field,
  Message,
  Method,
  nothing,
  optional,
  Service,
  streamOf,
  string,
} from '../../src/index.js'
import { Point } from './fields.js'

enum Color {
  Red,
  Green,
}

@Message('types.Emitted')
export class Emitted {
  @Field() plain!: string
  @Field({ name: 'named' }) renamed!: string
  @Field(1) numbered!: number
  @Field(2, { required: true }) numberedAndNamed!: boolean
  // @ts-expect-error a static property
  @Field(3) static shared: string
  // @ts-expect-error a getter
  @Field(4) get read(): string {
    return ''
  }
}

@Service('types.Legacy')
export class Fits {
  @Method(Point) async message(point: Point): Promise<Point> {
    return point
  }
  @Method({ returns: streamOf(Point) }) async *stream(_point: Point): AsyncGenerator<Point> {}
  @Method({ accepts: Point, returns: Point }) async withContext(point: Point, @Context() _call?: Call): Promise<Point> {
    return point
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
  @Method({ args: { a: double, b: string }, returns: nothing }) async positional(
    _a: number,
    _b: string,
    @Context() _call?: Call,
  ): Promise<void> {}
}

@Service('types.LegacyMisfits')
export class Misfits {
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
}
