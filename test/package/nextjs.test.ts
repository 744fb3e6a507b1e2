import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@connectrpc/connect'
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web'
import test from 'ava'
import { chromium } from 'playwright-core'
import { Field, Message, Method, RpcError, Safe, Service, serve, streamOf, string, Throws } from '../../src/index.js'
import { connect, protobuf } from '../../src/web/index.js'
import { connectDescriptor } from '../protocols/grpc/peers.js'
import { buildApp, RunningApp } from './nextjs-app.js'

@Message('shop.Tea')
class Tea {
  @Field(1, string) name = ''
}

@Message('shop.SoldOut')
class SoldOut extends RpcError {
  @Field(1, string) tea = ''
}

/** The contract of the guide, and the service behind the app. */
@Service('shop.Shop')
class Shop {
  @Method({ accepts: Tea, returns: Tea })
  @Safe()
  @Throws(SoldOut)
  async find({ name }: Tea): Promise<Tea> {
    return { name: `${name} from behind` }
  }

  @Method({ accepts: Tea, returns: streamOf(Tea) })
  async *watch(tea: Tea): AsyncIterable<Tea> {
    yield tea
  }
}

let app: RunningApp
const folder = await mkdtemp(join(tmpdir(), 'polywire-next-'))
const backend = await serve([Shop], { host: '127.0.0.1', report: () => {} })

test.before(async () => {
  await buildApp(folder)
  app = await RunningApp.start(folder, `grpc://${backend.address}`)
})

test.after.always(async () => {
  await app?.stop()
  await backend.close()
  await rm(folder, { recursive: true, force: true })
})

for (const codec of [undefined, protobuf])
  test(`polywire/web calls a route of Next.js, ${codec?.name ?? 'json'}`, async t => {
    const shop = connect(Shop, `${app.url}/api`, codec && { codec })
    t.is((await shop.find({ name: 'Assam' })).name, 'Assam from the route')
    const refused = await t.throwsAsync(shop.find({ name: '' }), { instanceOf: SoldOut })
    t.is(refused?.message, 'there is no tea without a name')
    const letters: string[] = []
    for await (const { name } of shop.watch({ name: 'tea' })) letters.push(name)
    t.deepEqual(letters, ['t', 'e', 'a'])
  })

for (const [name, createTransport] of Object.entries({ createConnectTransport, createGrpcWebTransport }))
  test(`connect-web calls a route of Next.js, ${name}`, async t => {
    const transport = createTransport({ baseUrl: `${app.url}/api`, useBinaryFormat: true })
    const shop = createClient(connectDescriptor(Shop), transport) as unknown as Shop
    t.is((await shop.find({ name: 'Assam' })).name, 'Assam from the route')
    const letters: string[] = []
    for await (const { name } of shop.watch({ name: 'tea' })) letters.push(name)
    t.deepEqual(letters, ['t', 'e', 'a'])
  })

test('a component of the server calls over gRPC, and one of the browser calls the route', async t => {
  const rendered = await (await fetch(app.url)).text()
  t.regex(rendered, /Assam from behind[\s\S]*<button>Find<\/button>/)
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  })
  t.teardown(() => browser.close())
  const page = await browser.newPage()
  await page.goto(app.url)
  t.regex((await page.textContent('main')) ?? '', /^Assam from behind/)
  await page.click('button')
  await page.waitForSelector('text=Darjeeling from the route')
  t.is(await page.textContent('button'), 'Darjeeling from the route')
})

test('what is not a method below the route gets 404', async t => {
  const response = await fetch(`${app.url}/api/shop.Shop/Lose`, { method: 'POST' })
  t.is(response.status, 404)
  t.is(((await response.json()) as { code: string }).code, 'unimplemented')
})
