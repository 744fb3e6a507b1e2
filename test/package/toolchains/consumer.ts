// What an application looks like to its toolchain: a service, messages, a declared error, a policy, a container, a call over each wire.
import { Container } from 'inversify'
import {
  Code,
  connect,
  disconnect,
  Field,
  int64,
  listOf,
  Message,
  Method,
  optional,
  Retry,
  RpcError,
  Safe,
  Service,
  serve,
  string,
  Throws,
} from 'polywire'
import { remote, remotes } from 'polywire/inversify'

@Message('consumer.Query')
class Query {
  @Field(1, string) name = ''
  @Field(2, optional(int64)) limit?: bigint
}

@Message('consumer.Found')
class Found {
  @Field(1, listOf(string)) names: string[] = []
  @Field(2, int64) count = 0n
}

@Message('consumer.NoSuchName', { code: 'not_found' })
class NoSuchName extends RpcError {
  @Field(1, string) wanted = ''
}

@Service('consumer.Names')
class Names {
  attempts = 0

  @Method({ accepts: Query, returns: Found })
  @Safe()
  @Throws(NoSuchName)
  @Retry({ attempts: 3 })
  async find({ name, limit }: Query): Promise<Found> {
    if (name === '') throw NoSuchName.of('no name is empty', { wanted: name })
    if (++this.attempts % 2 === 1) throw new RpcError('not now', Code.unavailable)
    return { names: [name], count: limit ?? 1n }
  }
}

async function call(names: Names): Promise<string> {
  const { names: found, count } = await names.find({ name: 'Ann', limit: 9007199254740993n })
  if (found[0] !== 'Ann' || count !== 9007199254740993n) return `found ${found.join()}, ${count}`
  try {
    await names.find({ name: '' })
    return 'an empty name was found'
  } catch (error) {
    return error instanceof NoSuchName && error.wanted === '' ? 'ok' : String(error)
  }
}

/** @returns `ok`, or what is wrong */
export async function check(): Promise<string> {
  const server = await serve([Names], { host: '127.0.0.1', memory: 'consumer', report: () => {} })
  const wires = ['grpc', 'http', 'http2', 'ws', 'thrift', 'avro'].map(scheme => `${scheme}://${server.address}`)
  const transports = ['thrift:buffered', 'thrift:zlib', 'thrift:header', 'thrift:http', 'avro:framed', 'avro:http'].map(
    name => `${name.replace(':', `://${server.address}?transport=`)}`,
  )
  try {
    for (const target of [...wires, ...transports, 'memory://consumer']) {
      const names = connect(Names, target)
      const outcome = await call(names)
      await disconnect(names)
      if (outcome !== 'ok') return `${target}: ${outcome}`
    }
    const container = new Container()
    container.load(remotes({ at: wires[0] as string }, Names))
    const outcome = await call(container.get(remote(Names)))
    await container.unbindAllAsync()
    return outcome
  } finally {
    await server.close()
  }
}
