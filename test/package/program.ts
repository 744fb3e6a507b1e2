// An app that is bundled in several ways: it serves, calls itself over every wire, and ends by itself. It prints "ok", or what is wrong.
import 'reflect-metadata'
import assert from 'node:assert/strict'
import { Exclude, Expose } from 'class-transformer'
import { IsNotEmpty } from 'class-validator'
import { Container, injectable } from 'inversify'
import {
  Authorize,
  BadRequest,
  Code,
  connect,
  disconnect,
  Field,
  int32,
  Message,
  Method,
  Retry,
  RpcError,
  Safe,
  Service,
  serve,
  streamOf,
  string,
  Throws,
} from 'polywire'
import { Remote, remotes, services } from 'polywire/inversify'

@Message('bundled.Query')
class Query {
  @Field(1, string) @IsNotEmpty() name = ''
}

@Message('bundled.User')
class User {
  @Field(1, string) @Expose({ name: 'full_name' }) name = ''
  @Field(2, string) @Exclude() password = ''
}

@Message('bundled.NoSuchUser')
class NoSuchUser extends RpcError {
  @Field(1, string) wanted = ''
}

@injectable()
@Service('bundled.Users')
class Users {
  attempts = 0

  @Method({ accepts: Query, returns: User })
  @Safe()
  @Throws(NoSuchUser)
  async find({ name }: Query): Promise<User> {
    if (name !== 'Ann') throw Object.assign(new NoSuchUser(`no ${name}`, Code.not_found), { wanted: name })
    return Object.assign(new User(), { name, password: 'hunter2' })
  }

  @Method({ accepts: Query, returns: User })
  @Safe()
  @Retry({ attempts: 3 })
  async flaky({ name }: Query): Promise<User> {
    if (++this.attempts % 3 !== 0) throw new RpcError('not now', Code.unavailable)
    return Object.assign(new User(), { name })
  }

  @Method({ accepts: Query, returns: User })
  @Authorize(() => false)
  async guarded(_query: Query): Promise<User> {
    return new User()
  }
}

/** On its own, since Thrift has no streams. */
@injectable()
@Service('bundled.Counter')
class Counter {
  @Method({ accepts: Query, returns: streamOf(int32) })
  async *count(_query: Query): AsyncGenerator<number> {
    yield 1
    yield 2
  }
}

@injectable()
class App {
  constructor(@Remote(Counter) readonly counter: Counter) {}
}

async function checkCalls(users: Users, wire: string): Promise<void> {
  const user = await users.find({ name: 'Ann' })
  assert.ok(user instanceof User, wire)
  assert.equal(user.name, 'Ann', wire)

  await assert.rejects(users.find({ name: 'Cleo' }), error => {
    assert.ok(error instanceof NoSuchUser, `${wire}: ${error}`)
    assert.equal(error.wanted, 'Cleo', wire)
    return true
  })
  await assert.rejects(users.find({ name: '' }), error => {
    assert.ok(error instanceof BadRequest, `${wire}: ${error}`)
    assert.match(String(error), /^BadRequest: the request is not valid: name: /, wire)
    assert.equal(error.violations[0]?.reason, 'isNotEmpty', wire)
    return true
  })
  await assert.rejects(users.guarded({ name: 'Ann' }), error => {
    assert.match(String(error), /^RpcError \[permission_denied\]: /, wire)
    return true
  })
}

async function checkStream(counter: Counter, wire: string): Promise<void> {
  const seen: number[] = []
  for await (const one of counter.count({ name: 'Ann' })) seen.push(one)
  assert.deepEqual(seen, [1, 2], wire)
}

/** The same query, by hand. */
const queries = {
  json: '{"name":"Ann"}',
  xml: '<Query><name>Ann</name></Query>',
  msgpack: Buffer.from('81a46e616d65a3416e6e', 'hex'),
}

async function checkPassword(address: string): Promise<void> {
  for (const [codec, body] of Object.entries(queries)) {
    const headers = { 'content-type': `application/${codec}` }
    const reply = await fetch(`http://${address}/bundled.Users/Find`, { method: 'POST', headers, body })
    const bytes = Buffer.from(await reply.arrayBuffer()).toString('latin1')
    assert.equal(reply.status, 200, `${codec}: ${bytes}`)
    assert.match(bytes, /full_name/, codec)
    assert.doesNotMatch(bytes, /hunter2|password/, codec)
  }
}

async function main(): Promise<void> {
  const container = new Container()
  container.load(services(Users, Counter))
  const server = await serve([Users, Counter], { port: 0, container, memory: 'bundled' })
  const { address } = server
  const targets = [
    ...['grpc', 'http', 'thrift', 'avro'].map(scheme => `${scheme}://${address}`),
    ...['xml', 'msgpack', 'proto'].map(codec => `http://${address}?codec=${codec}`),
    `grpc://${address}?codec=json`,
    `avro://${address}?transport=http`,
    'memory://bundled',
  ]
  for (const target of targets) {
    const users = connect(Users, target)
    await checkCalls(users, target)
    await disconnect(users)
  }
  const users = connect(Users, `grpc://${address}`)
  assert.equal((await users.flaky({ name: 'Ben' })).name, 'Ben')
  await disconnect(users)
  const streaming = connect(Counter, `grpc://${address}`)
  await checkStream(streaming, 'grpc')
  await disconnect(streaming)

  const clients = new Container()
  clients.load(remotes({ at: `http://${address}` }, Counter))
  clients.bind(App).toSelf()
  await checkStream(clients.get(App).counter, 'injected')
  await clients.unbindAllAsync()

  await checkPassword(address)
  assert.equal((await fetch(`http://${address}/nothing`)).status, 404)
  assert.equal(String(new RpcError('x', Code.not_found)), 'RpcError [not_found]: x')
  await server.close()
  console.log('ok')
}

main().catch(error => {
  console.error(error)
  process.exit(1)
})
