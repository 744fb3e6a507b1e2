import * as grpc from '@grpc/grpc-js'
import { loadSync, type PackageDefinition } from '@grpc/proto-loader'

type Unary = grpc.handleUnaryCall<{ name: string; count: number }, { text: string; size: number }>

const answer: Unary = ({ request: { name, count } }, done) => done(null, { text: name, size: count })

export function declare(_methods: number, proto: string): () => Promise<number> {
  const services = servicesOf(loadSync(proto))
  return () => {
    const server = new grpc.Server()
    for (const service of services) {
      server.addService(service, Object.fromEntries(Object.keys(service).map(name => [name, answer])))
    }
    return new Promise((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      ),
    )
  }
}

function servicesOf(definitions: PackageDefinition): grpc.ServiceDefinition[] {
  return Object.entries(definitions).flatMap(([name, definition]) =>
    name.includes('Service') ? [definition as grpc.ServiceDefinition] : [],
  )
}

type Client = grpc.Client & {
  Method0(request: object, done: (error: Error | null, reply: unknown) => void): void
}

export function declareClient(proto: string): (target: string) => Promise<unknown> {
  const [definition] = servicesOf(loadSync(proto))
  if (definition === undefined) throw new Error(`${proto} has no service`)
  const make = grpc.makeGenericClientConstructor(definition, 'Service0')
  return target => {
    const client = new make(target, grpc.credentials.createInsecure()) as unknown as Client
    return new Promise((resolve, reject) =>
      client.Method0({ name: 'hello', count: 1, loud: false }, (error, reply) =>
        error === null ? resolve(reply) : reject(error),
      ),
    )
  }
}
