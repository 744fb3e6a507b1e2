/** What standard decorators refuse besides: the compiler tells them more about the member. Nothing here runs; see ../fields.ts. */
import { Field, Message, Method, nothing, Service, string } from '../../../src/index.js'
import { Point } from '../fields.js'

@Message('types.Members')
export class Members {
  @Field(1, string) private readonly hidden = ''
  shown = this.hidden
  // @ts-expect-error no compiler emits types for standard decorators
  @Field(2) untyped!: string
  // @ts-expect-error a private property
  @Field(4, string) readonly #secret = ''
  size = this.#secret.length
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
  // @ts-expect-error a getter of a function: legacy decorators cannot tell it from a method
  @Method(nothing) get done(): () => Promise<void> {
    return async () => {}
  }
  // @ts-expect-error a private method, which the compiler itself refuses with experimentalDecorators
  @Method(nothing) async #secret(): Promise<void> {}
  secret = () => this.#secret()
  // @ts-expect-error a property that holds a function
  @Method(nothing) arrow = async () => {}
}
