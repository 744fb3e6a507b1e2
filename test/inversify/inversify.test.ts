import 'reflect-metadata'
import test from 'ava'
import { Container, inject, injectable } from 'inversify'
import { Code, connect, disconnect, RpcError, Service, serve } from '../../src/index.js'
import { Remote, remote, remotes, services } from '../../src/inversify/index.js'
import { Hello, HelloService } from '../fixtures/hello.js'

@injectable()
class App {
  constructor(@Remote(Hello) readonly hello: Hello) {}
}

@injectable()
class TwoRegions {
  constructor(
    @Remote(Hello, 'eu') readonly eu: Hello,
    @Remote(Hello, 'us') readonly us: Hello,
  ) {}
}

test('a remote is injected into app code', async t => {
  const server = await serve([new HelloService()], { port: false, memory: 'injected' })
  const container = new Container()
  container.load(remotes({ at: 'memory://injected' }, Hello))
  container.bind(App).toSelf()
  const { hello } = container.get(App)
  t.is((await hello.sayHello({ name: 'World', tags: [] })).message, 'Hello, World!')
  t.is(container.get(App).hello, hello)
  await container.unbindAllAsync()
  await server.close()
})

test('a container that is closed closes its channels', async t => {
  const server = await serve([new HelloService()], { port: false, memory: 'closing' })
  const container = new Container()
  container.load(remotes({ at: 'memory://closing' }, Hello))
  container.bind(App).toSelf()
  const { hello } = container.get(App)
  await hello.ping()
  await container.unbindAllAsync()
  const error = (await t.throwsAsync(hello.ping())) as RpcError
  t.is(error.code, Code.canceled)
  t.is(error.reason, 'channel_closed')
  await server.close()
})

test('a test double replaces a remote by one bind', async t => {
  const container = new Container()
  const double: Pick<Hello, 'sayHello'> = { sayHello: async () => ({ message: 'a double' }) }
  container.bind(remote(Hello)).toConstantValue(double as Hello)
  container.bind(App).toSelf()
  t.is((await container.get(App).hello.sayHello({ name: '', tags: [] })).message, 'a double')
})

test('several remotes of one service are told apart by name', async t => {
  const eu = new HelloService()
  const us = new HelloService()
  const servers = [await serve([eu], { port: false, memory: 'eu' }), await serve([us], { port: false, memory: 'us' })]
  const container = new Container()
  container.load(remotes({ at: 'memory://eu', named: 'eu' }, Hello), remotes({ at: 'memory://us', named: 'us' }, Hello))
  container.bind(TwoRegions).toSelf()
  const both = container.get(TwoRegions)
  await both.us.ping()
  t.deepEqual([eu.calls, us.calls], [0, 1])
  await container.unbindAllAsync()
  await Promise.all(servers.map(server => server.close()))
})

@injectable()
class Greeting {
  static made = 0
  readonly number = ++Greeting.made
}

@Service()
class Greeter extends HelloService {
  constructor(@inject(Greeting) private readonly greeting: Greeting) {
    super()
  }
  override async sayHello() {
    return { message: `greeting ${this.greeting.number}` }
  }
}

test('a service gets its own dependencies, made by its scope', async t => {
  for (const [scope, expected] of [
    ['singleton', 1],
    ['request', 2],
  ] as const) {
    Greeting.made = 0
    const container = new Container()
    container.bind(Greeting).toSelf()
    container.load(services({ scope }, Greeter))
    const server = await serve([Greeter], { port: false, memory: `scope-${scope}`, container })
    const hello = connect(Hello, `memory://scope-${scope}`)
    await hello.sayHello({ name: '', tags: [] })
    await hello.sayHello({ name: '', tags: [] })
    t.is(Greeting.made, expected, scope)
    await disconnect(hello)
    await server.close()
  }
})

test('a class that needs arguments and is bound nowhere is refused at start-up', async t => {
  const error = (await t.throwsAsync(serve([Greeter], { port: false }))) as RpcError
  t.is(error.reason, 'no_instance')
  t.regex(
    error.message,
    /class Greeter: its constructor takes 1 argument\(s\).*pass an instance, or serve with \{ container \}/,
  )
})

test('what is wrong with a remote is found when its module is loaded', t => {
  const load = (at: string) => () => new Container().load(remotes({ at }, Hello))
  t.throws(load('carrier-pigeon://a'), { message: /no protocol "carrier-pigeon"; it can be / })
  t.throws(load('memory://'), { message: /invalid name/ })
  t.throws(load('hello'), { message: /not of the form/ })
  t.throws(load('memory://a?codec=morse'), { message: /no codec "morse"; it can be / })
  t.throws(load('memory+phonebook://a'), { message: /no resolver "phonebook"; it can be / })
  t.throws(load('memory://a?colour=red'), { message: /has no setting colour/ })
})
