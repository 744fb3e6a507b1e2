import type { ThriftCompiler } from '../../../codecs/thrift/compiler.js'
import type { MethodSchema } from '../../../schema/service.js'
import { lastPart, multiplexedName } from '../names.js'
import type { ThriftOptions } from '../options.js'
import { type ArgumentsType, argumentsOf, ResultType } from '../signature.js'

/** A method, with everything that can be prepared for its calls. */
export class BoundMethod {
  readonly arguments: ArgumentsType
  readonly result: ResultType
  /** Its name as bytes of a message. */
  readonly name: Uint8Array

  constructor(
    readonly schema: MethodSchema,
    compiler: ThriftCompiler,
    { dialect, multiplex }: ThriftOptions,
  ) {
    for (const message of [schema.input, schema.output, ...schema.throws]) dialect.format.check?.(message)
    this.arguments = argumentsOf(compiler, schema)
    this.result = new ResultType(compiler, schema)
    const { name, serviceName } = schema
    const service = multiplex === 'full' ? serviceName : lastPart(serviceName)
    this.name = dialect.format.prepareName(multiplex === 'no' ? name : multiplexedName(service, name))
  }
}
