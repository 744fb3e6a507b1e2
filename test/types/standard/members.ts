/** What standard decorators refuse besides: the compiler tells them more about the member. Nothing here runs; see ../fields.ts. */
import { Field, int32, Message, Method, nothing, Retry, Safe, Service, string } from '../../../src/index.js'
import { Point } from '../fields.js'

@Message('types.Members')
export class Members {
  @Field(1, string) private readonly hidden = ''
  shown = this.hidden
  // @ts-expect-error no compiler emits types for standard decorators
  @Field(2) untyped!: string
  // @ts-expect-error a static property
  @Field(3, string) static shared = ''
  // @ts-expect-error a private property
  @Field(4, string) readonly #secret = ''
  // @ts-expect-error a getter
  @Field(5, int32) get size(): number {
    return this.#secret.length
  }
  // @ts-expect-error an accessor
  @Field(6, string) accessor text = ''
  // @ts-expect-error a method
  @Field(7, string) method(): void {}
}

@Service('types.MethodMembers')
export class Methods {
  // @ts-expect-error nothing declares the parameter
  @Method(Point) async undeclared(point: Point): Promise<Point> {
    return point
  }
  // @ts-expect-error accepts declares one parameter
  @Method({ accepts: Point, returns: Point }) async two(point: Point, _loud: boolean): Promise<Point> {
    return point
  }
  // @ts-expect-error a static method
  @Method(nothing) static async shared(): Promise<void> {}
  // @ts-expect-error a getter
  @Method(nothing) get done(): () => Promise<void> {
    return async () => {}
  }
  // @ts-expect-error a property that holds a function
  @Method(nothing) arrow = async () => {}
  // @ts-expect-error a policy of a property
  @Retry() retried = ''
  // @ts-expect-error a property
  @Safe() safe = ''
}
