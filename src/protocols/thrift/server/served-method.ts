import { ThriftCompiler } from '../../../codecs/thrift/compiler.js'
import type { ThriftFormat, ThriftReader } from '../../../codecs/thrift/wire.js'
import type { EngineHandler } from '../../../core/active-call.js'
import type { MethodSchema } from '../../../schema/service.js'
import type { RequestReads } from '../../pipelined/server/served-call.js'
import type { Route, Router, ServerSettings } from '../../protocol.js'
import { namesOf } from '../names.js'
import { type ArgumentsType, argumentsOf, ResultType } from '../signature.js'
import { refusalOf } from '../unsupported.js'

/** A route with everything that can be prepared for it. */
export class ServedMethod implements RequestReads<ThriftReader> {
  readonly schema: MethodSchema
  readonly handler: EngineHandler
  private madeArguments: ArgumentsType | undefined
  private madeResult: ResultType | undefined
  private readonly names = new Map<ThriftFormat, Uint8Array>()

  constructor(
    { method, handler }: Route,
    private readonly compiler: ThriftCompiler,
  ) {
    this.schema = method
    this.handler = handler
  }

  /** Compiled for the first call. */
  get result(): ResultType {
    this.madeResult ??= new ResultType(this.compiler, this.schema)
    return this.madeResult
  }

  private get arguments(): ArgumentsType {
    this.madeArguments ??= argumentsOf(this.compiler, this.schema)
    return this.madeArguments
  }

  warmUp(): void {
    void this.arguments
    void this.result
  }

  readRequest(reader: ThriftReader): unknown {
    const request = this.arguments.read(reader)
    reader.endMessage()
    reader.finish()
    return request
  }

  /** Its name in a reply: without the service's. */
  nameIn(format: ThriftFormat): Uint8Array {
    let name = this.names.get(format)
    if (name === undefined) {
      name = format.prepareName(this.schema.name)
      this.names.set(format, name)
    }
    return name
  }
}

/** Methods by what a message calls them; undefined under a name that several have. Those that Thrift cannot carry are left out. */
export function servedMethods(
  router: Router,
  { limits, thriftDefault }: Pick<ServerSettings, 'limits' | 'thriftDefault'>,
): ReadonlyMap<string, ServedMethod | undefined> {
  const compiler = new ThriftCompiler(limits)
  const byPath = new Map<string, ServedMethod>()
  for (const [path, route] of router.routes)
    if (refusalOf(route.method) === undefined) byPath.set(path, new ServedMethod(route, compiler))
  const services = router.services.map(service => ({
    ...service,
    methods: service.methods.filter(method => byPath.has(method.path)),
  }))
  return new Map([...namesOf(services, thriftDefault)].map(([name, path]) => [name, byPath.get(path ?? '')]))
}
