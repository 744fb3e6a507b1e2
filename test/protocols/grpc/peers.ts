import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import * as http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createFileRegistry, type DescService, fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import * as grpcJs from '@grpc/grpc-js'
import { loadFileDescriptorSetFromBuffer, loadSync } from '@grpc/proto-loader'
import { protobuf } from '../../../src/codecs/protobuf/codec.js'
import { serviceOf } from '../../../src/extend.js'
import { connect, defaultLimits, disconnect } from '../../../src/index.js'
import { FileDescriptorSet } from '../../../src/protocols/standard-services/descriptor-messages.js'
import { describe } from '../../../src/protocols/standard-services/descriptors.js'
import { messageSchemaOf } from '../../../src/schema/resolve.js'
import type { Class } from '../../../src/schema/type.js'
import { Hello } from '../../fixtures/hello.js'

/** The services' FileDescriptorSet, as bytes: what other implementations are told of our classes. */
export function descriptorSet(...services: Class<object>[]): Buffer {
  const schema = messageSchemaOf(FileDescriptorSet)
  if (schema === undefined) throw new Error('FileDescriptorSet is no message')
  const bytes = protobuf.compile(schema, defaultLimits).encode({ file: describe(services.map(one => serviceOf(one))) })
  return Buffer.from(bytes)
}

export type LooseClient = grpcJs.Client & Record<string, (...args: never[]) => never>

const loading = { keepCase: true, longs: String, defaults: true, oneofs: true }

/** grpc-js's definition of one of our services, through our own descriptors. */
export function grpcJsDefinition(service: Class<object>): grpcJs.ServiceDefinition {
  const definitions = loadFileDescriptorSetFromBuffer(descriptorSet(service), loading)
  return definitions[serviceOf(service).name] as grpcJs.ServiceDefinition
}

/** A service of a .proto file, independent of our descriptors. */
export function definitionOf(proto: string, name: string): grpcJs.ServiceDefinition {
  const folder = mkdtempSync(join(tmpdir(), 'polywire-'))
  try {
    writeFileSync(join(folder, 'service.proto'), proto)
    return loadSync('service.proto', { ...loading, includeDirs: [folder] })[name] as grpcJs.ServiceDefinition
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** A grpc-js client with methods by their wire names. */
export function grpcJsClient(
  definition: grpcJs.ServiceDefinition,
  address: string,
  options: grpcJs.ClientOptions = {},
): GrpcJsClient {
  const client = new (grpcJs.makeGenericClientConstructor(definition, 'peer'))(
    address,
    grpcJs.credentials.createInsecure(),
    options,
  )
  return new GrpcJsClient(client as unknown as LooseClient)
}

type Message = Record<string, unknown>
type UnaryMethod = (
  request: Message,
  metadata: grpcJs.Metadata,
  options: grpcJs.CallOptions,
  done: (error: grpcJs.ServiceError | null, reply: Message) => void,
) => grpcJs.ClientUnaryCall

/** Promises and async iterables in place of callbacks and events. */
export class GrpcJsClient {
  headers: grpcJs.Metadata | undefined
  trailers: grpcJs.Metadata | undefined

  constructor(readonly client: LooseClient) {}

  unary(
    method: string,
    request: Message,
    { metadata = new grpcJs.Metadata(), ...options }: grpcJs.CallOptions & { metadata?: grpcJs.Metadata } = {},
  ): Promise<Message> {
    return new Promise((resolve, reject) => {
      const call = (this.client[method] as unknown as UnaryMethod).call(
        this.client,
        request,
        metadata,
        options,
        (error, reply) => (error === null ? resolve(reply) : reject(error)),
      )
      call.on('metadata', headers => {
        this.headers = headers
      })
      call.on('status', status => {
        this.trailers = status.metadata
      })
    })
  }

  serverStream(method: string, request: Message): grpcJs.ClientReadableStream<Message> {
    const call = this.client[method] as unknown as (request: Message) => grpcJs.ClientReadableStream<Message>
    return call.call(this.client, request)
  }

  clientStream(method: string, requests: Iterable<Message>): Promise<Message> {
    return new Promise((resolve, reject) => {
      type Method = (
        done: (error: grpcJs.ServiceError | null, reply: Message) => void,
      ) => grpcJs.ClientWritableStream<Message>
      const call = (this.client[method] as unknown as Method).call(this.client, (error, reply) =>
        error === null ? resolve(reply) : reject(error),
      )
      for (const request of requests) call.write(request)
      call.end()
    })
  }

  bidi(method: string, metadata = new grpcJs.Metadata()): grpcJs.ClientDuplexStream<Message, Message> {
    type Method = (metadata: grpcJs.Metadata) => grpcJs.ClientDuplexStream<Message, Message>
    return (this.client[method] as unknown as Method).call(this.client, metadata)
  }

  close(): void {
    this.client.close()
  }
}

/** A grpc-js server of one service; `close` resolves when it has stopped. */
export async function grpcJsServer(
  definition: grpcJs.ServiceDefinition,
  implementation: grpcJs.UntypedServiceImplementation,
  options: grpcJs.ServerOptions = {},
): Promise<{ address: string; server: grpcJs.Server; close(): void }> {
  const server = new grpcJs.Server(options)
  server.addService(definition, implementation)
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpcJs.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    )
  })
  return { address: `127.0.0.1:${port}`, server, close: () => server.forceShutdown() }
}

/** Connect's descriptor of one of our services. */
export function connectDescriptor(service: Class<object>): DescService {
  const set = fromBinary(FileDescriptorSetSchema, descriptorSet(service))
  const found = createFileRegistry(set).getService(serviceOf(service).name)
  if (found === undefined) throw new Error(`${serviceOf(service).name} is not in its own descriptors`)
  return found
}

/** A server of Node's that answers every request in the same way. */
export async function answering(how: (stream: http2.ServerHttp2Stream, session: number) => void) {
  const server = http2.createServer()
  let sessions = 0
  server.on('session', () => sessions++)
  server.on('stream', stream => {
    stream.on('error', () => {})
    how(stream, sessions)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const hello = connect(Hello, `grpc://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const close = async () => {
    await disconnect(hello)
    server.close()
  }
  return { hello, close, sessions: () => sessions }
}
