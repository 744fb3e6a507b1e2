import { Code, connect, disconnect, RpcError, Service } from 'polywire'
import { Hello as AvroContract, NotFound as AvroNotFound } from './generated/avro/hello.js'
import { Hello as GrpcContract } from './generated/grpc/hello.js'
import { Hello as ThriftContract, NotFound as ThriftNotFound } from './generated/thrift/hello.js'

const nobody = 'Nobody is not here'

@Service()
class GrpcHello extends GrpcContract {
  override async sayHello({ name }: { readonly name: string }) {
    if (name === 'Nobody') throw new RpcError(nobody, Code.not_found)
    return { message: `Hello, ${name}!` }
  }
}

@Service()
class ThriftHello extends ThriftContract {
  override async sayHello(name: string) {
    if (name === 'Nobody') throw ThriftNotFound.of(nobody)
    return `Hello, ${name}!`
  }
}

@Service()
class AvroHello extends AvroContract {
  override async sayHello(name: string) {
    if (name === 'Nobody') throw AvroNotFound.of(nobody)
    return `Hello, ${name}!`
  }
}

/** A wire of the sample. */
export interface Wire {
  readonly name: 'grpc' | 'thrift' | 'avro'
  readonly title: string
  /** What serves it. */
  readonly service: new () => object
  /** Calls SayHello. @returns what the Python client prints too */
  call(port: number, name: string): Promise<string>
  /** What a client prints for Nobody. */
  readonly notFound: string
}

export const wires: readonly Wire[] = [
  {
    name: 'grpc',
    title: 'gRPC',
    service: GrpcHello,
    notFound: `NOT_FOUND: ${nobody}`,
    call: (port, name) =>
      printed(
        connect(GrpcContract, `grpc://127.0.0.1:${port}`),
        async hello => (await hello.sayHello({ name })).message,
      ),
  },
  {
    name: 'thrift',
    title: 'Thrift',
    service: ThriftHello,
    notFound: `NotFound: ${nobody}`,
    call: (port, name) => printed(connect(ThriftContract, `thrift://127.0.0.1:${port}`), hello => hello.sayHello(name)),
  },
  {
    name: 'avro',
    title: 'Avro RPC',
    service: AvroHello,
    notFound: `NotFound: ${nobody}`,
    // Python's avro has no other transport.
    call: (port, name) =>
      printed(connect(AvroContract, `avro://127.0.0.1:${port}?transport=http`), hello => hello.sayHello(name)),
  },
]

async function printed<T extends object>(hello: T, ask: (hello: T) => Promise<string>): Promise<string> {
  try {
    return await ask(hello)
  } catch (error) {
    if (error instanceof ThriftNotFound || error instanceof AvroNotFound) return `NotFound: ${error.message}`
    if (error instanceof RpcError && error.code === Code.not_found) return `NOT_FOUND: ${error.message}`
    throw error
  } finally {
    await disconnect(hello)
  }
}
