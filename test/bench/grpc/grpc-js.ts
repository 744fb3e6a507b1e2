import * as grpcJs from '@grpc/grpc-js'
import { grpcJsDefinition } from '../../protocols/grpc/peers.js'
import { callOf, Echo, hold, large, streamed, streamLength, text } from './echo.js'

type Unary = grpcJs.handleUnaryCall<unknown, unknown>
const limits = { 'grpc.max_receive_message_length': -1 }

export async function listen(variant: string): Promise<string> {
  const echo: Unary = (call, done) => done(null, call.request)
  const stream = async (call: grpcJs.ServerWritableStream<{ count: number }, unknown>) => {
    for (let i = 0; i < call.request.count; i++) {
      if (!call.write(streamed)) await new Promise(resolve => call.once('drain', resolve))
    }
    call.end()
  }
  const server = new grpcJs.Server(limits)
  const unary: Unary = variant === 'held' ? () => void hold() : echo
  server.addService(grpcJsDefinition(Echo), { Unary: unary, Large: echo, Stream: stream })
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpcJs.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    ),
  )
  return `127.0.0.1:${port}`
}

interface Client {
  Unary(request: object, done: (error: unknown, reply: unknown) => void): void
  Large(request: object, done: (error: unknown, reply: { data: Uint8Array }) => void): void
  Stream(request: object): grpcJs.ClientReadableStream<unknown>
}

export async function connect(address: string, variant: string): Promise<() => Promise<unknown>> {
  const make = grpcJs.makeGenericClientConstructor(grpcJsDefinition(Echo), 'Echo')
  const client = new make(address, grpcJs.credentials.createInsecure(), limits) as unknown as Client
  return callOf(
    {
      unary: () =>
        new Promise((resolve, reject) =>
          client.Unary({ text }, (error, reply) => (error === null ? resolve(reply) : reject(error))),
        ),
      large: () =>
        new Promise((resolve, reject) =>
          client.Large({ data: large }, (error, reply) =>
            error === null ? resolve(reply.data.length) : reject(error),
          ),
        ),
      stream: () =>
        new Promise((resolve, reject) => {
          let seen = 0
          const stream = client.Stream({ count: streamLength })
          stream.on('data', () => {
            seen++
          })
          stream.on('end', () => resolve(seen))
          stream.on('error', reject)
        }),
    },
    variant,
  )
}
