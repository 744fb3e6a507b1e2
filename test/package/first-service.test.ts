import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'
import { Field, Idempotent, int32, Message, Method, nothing, Service, serve, string } from '../../src/index.js'
import { deferred } from '../support/deferred.js'
import { buildImage } from './dockerfile.js'
import { pack } from './installed.js'
import { readSteps } from './page-steps.js'
import { type Running, Terminal } from './terminal.js'

const folder = await mkdtemp(join(tmpdir(), 'polywire-first-service-'))
const context = join(folder, 'shop')
const terminal = new Terminal(folder)
let dockerfile = ''
let port = ''

test.after.always(() => rm(folder, { recursive: true, force: true }))

test.serial('a reader of the first service has it running, called and tested', async t => {
  const tarball = await pack(folder)
  let running: Running | undefined
  t.teardown(async () => void (await running?.stop('SIGKILL').catch(() => {})))
  for (const step of await readSteps('docs/guide/first-service.md')) {
    if (step.kind === 'file') {
      if (step.path === 'Dockerfile') dockerfile = step.text
      else await write(join(terminal.folder, step.path), step.text)
      continue
    }
    for (const line of step.lines) {
      if (line.startsWith('docker ')) continue
      if (!line.endsWith('node dist/server.js')) {
        const printed = await terminal.run(line.replace('install polywire', `install ${tarball}`))
        if (line === 'node dist/client.js') t.is(printed, 'R-1\nonly 1 left\n')
        continue
      }
      running = await terminal.start(line)
      port = /listening on .*:(\d+)/.exec(running.printed)?.[1] ?? ''
    }
  }
  t.not(port, '')
  t.is(await running?.stop('SIGINT'), 0)
  running = undefined
})

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

@Message('shop.Reservation')
class Reservation {
  @Field(1, string) orderId = ''
  @Field(2, string) sku = ''
  @Field(3, int32) count = 1
}

/** The other team's server, which answers when the test says so. */
const asked = deferred<void>()
const answered = deferred<void>()

@Service('shop.Stock')
class Stock {
  @Method({ accepts: Reservation, returns: nothing })
  @Idempotent()
  async reserve(_reservation: Reservation): Promise<void> {
    asked.resolve()
    await answered.promise
  }
}

/**
 * Every line of the Dockerfile but `FROM`, `USER` and `EXPOSE`. So it does not show that the base image has what is needed, that the user
 * `node` may read the files, that the port is published, or that the program ends as process 1.
 */
test.serial(
  'the image of the first service builds, is healthy, and ends by SIGTERM after the calls in flight',
  async t => {
    const stock = await serve([Stock], { host: '127.0.0.1', port: 0 })
    t.teardown(() => stock.close())
    const image = await buildImage(dockerfile, context)
    // The page's timeouts are shorter than a busy machine may need.
    const timeout = { total: '60s', perTry: '50s' }
    const policies = { methodConfig: [{ name: [{ service: 'shop.Stock' }], policies: { timeout } }] }
    await write(join(folder, 'policies.json'), JSON.stringify(policies))
    Object.assign(image.terminal.env, { STOCK: `grpc://${stock.address}`, POLICIES: join(folder, 'policies.json') })
    const running = await image.terminal.start(image.command)
    t.teardown(() => void running.process.kill('SIGKILL'))
    t.is(await image.terminal.run(image.healthCheck), '')

    const reply = post(`http://127.0.0.1:${port}/shop.Orders/Place`, { id: '7', sku: 'pen', count: 1 })
    await asked.promise
    const stopped = running.stop('SIGTERM')
    while (await isServing()) await new Promise(resolve => setImmediate(resolve))
    t.is(running.process.exitCode, null, 'it waits for the call')
    answered.resolve()
    t.deepEqual(await reply, { number: 'R-7' })
    t.is(await stopped, 0)
  },
)

async function isServing(): Promise<boolean> {
  const health = post(`http://127.0.0.1:${port}/grpc.health.v1.Health/Check`, {})
  return health.then(
    answer => (answer as { status?: string }).status === 'SERVING',
    () => false,
  )
}

async function post(url: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json()
}
