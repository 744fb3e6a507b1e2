import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test from 'ava'
import type { Container } from 'inversify'
import { connect, RpcError, serve } from '../../src/index.js'
import { compiledFolder, compilers, root } from '../support/compile.js'

interface Fixture {
  readonly Greeter: new () => { greet(name: string): Promise<string> }
  readonly Desk: new () => { welcome(name: string): Promise<string> }
  readonly container: Container
  load(at: string): void
  injecting(): unknown
}

const folder = await compiledFolder()
await compilers.standard.tsc([join(root, 'test/fixtures/standard/injected.ts')], folder.path)
const fixture = (await import(pathToFileURL(join(folder.path, 'injected.js')).href)) as Fixture
test.after.always(() => folder.remove())

test('a container makes services and clients of classes with standard decorators', async t => {
  const { Greeter, Desk, container, load } = fixture
  const greeter = await serve([Greeter], { port: false, memory: 'standard-greeter' })
  t.teardown(() => greeter.close())
  load('memory://standard-greeter')
  const server = await serve([Desk], { port: false, memory: 'standard-desk', container })
  t.teardown(() => server.close())
  await using desk = connect(Desk, 'memory://standard-desk')
  t.is(await desk.welcome('Ann'), 'Hello, Ann! How can we help?')
  await container.unbindAllAsync()
})

test('@Remote as a standard decorator says what to do', t => {
  const error = t.throws(fixture.injecting, { instanceOf: RpcError })
  t.is(error?.reason, 'misplaced_decorator')
  t.is(
    error?.message,
    "greeter: @Remote(Greeter) needs experimentalDecorators, as all of inversify's injection does; set it, or write container.get(remote(Greeter))",
  )
})
