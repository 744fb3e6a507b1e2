// What docs/decisions/typed-as-the-class.md says that the compiler takes, and what it does not.
import { connect, Field, listOf, Message, Method, nothing, Service, string } from '../../src/index.js'

@Message()
class Lenient {
  @Field(1, string) name!: string
  @Field(2, listOf(string)) tags?: string[] = []
}

@Message()
class Strict {
  @Field(1, string) name!: string
  @Field(2, listOf(string)) tags: string[] = []
}

@Service()
class Taking {
  @Method({ accepts: Lenient, returns: nothing }) async lenient(_message: Lenient): Promise<void> {}
  @Method({ accepts: Strict, returns: nothing }) async strict(_message: Strict): Promise<void> {}
}

export function callers(): Promise<void>[] {
  const taking = connect(Taking, 'memory://taking')
  return [
    taking.lenient({ name: 'World' }),
    taking.strict(Object.assign(new Strict(), { name: 'World' })),
    // @ts-expect-error tags is not optional
    taking.strict({ name: 'World' }),
  ]
}
