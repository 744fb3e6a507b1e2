import test, { type ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { Board, type Note } from '../../samples/web/contract.js'
import { servePage } from '../../samples/web/page-server.js'
import { BoardService } from '../../samples/web/service.js'
import { Code, connect, currentCall, disconnect, Service, serve } from '../../src/index.js'
import { Relay } from '../support/relay.js'
import { axeFindings, launch, visit } from './rig.js'

const browser = await launch()
test.after.always(() => browser.close())

interface Opened {
  readonly page: Page
  readonly service: BoardService
  /** Between the page and its server. */
  readonly relay: Relay
  /** Another client, which posts. */
  readonly other: Board
  readonly complaints: readonly string[]
  readonly reported: unknown[]
}

/** Tells how its first follower leaves. */
@Service()
class WatchedBoard extends BoardService {
  /** When its stream has ended: the code with which the call was cancelled. */
  readonly left: Promise<Code | undefined>
  private tell: (code: Code | undefined) => void = () => {}

  constructor() {
    super()
    this.left = new Promise(resolve => (this.tell = resolve))
  }

  override async *follow(): AsyncIterable<Note> {
    const call = currentCall()
    try {
      yield* super.follow()
    } finally {
      this.tell(call.canceled?.code)
    }
  }
}

interface Setting {
  /** The origins that the server allows. Default: that of the page. */
  readonly allowed?: readonly string[]
  readonly service?: BoardService
}

async function open(t: ExecutionContext, { allowed, service = new BoardService() }: Setting = {}): Promise<Opened> {
  const pages = await servePage(0)
  t.teardown(() => pages.close())
  const reported: unknown[] = []
  const server = await serve([service], {
    host: '127.0.0.1',
    cors: { origins: allowed ?? [pages.origin] },
    report: problem => reported.push(problem),
    limits: { drainTimeout: 10 },
  })
  t.teardown(() => server.close())
  const relay = await Relay.before(server.port)
  t.teardown(() => relay.close())
  pages.connectTo(`http://${relay.address}`)
  const other = connect(Board, `http://${server.address}`)
  t.teardown(() => disconnect(other))
  const { page, complaints } = await visit(t, browser)
  await page.goto(pages.origin)
  return { page, service, relay, other, complaints, reported }
}

async function post(page: Page, author: string, text: string): Promise<void> {
  await page.getByLabel('Name').fill(author)
  await page.getByLabel('Note').fill(text)
  await page.getByRole('button', { name: 'Post' }).click()
}

test.serial('a unary call, and the stream that shows what it did', async t => {
  const { page, complaints } = await open(t)
  await post(page, 'Ada', 'hello')
  await page.getByText('Ada: hello').waitFor()
  await page.getByLabel('Number').fill('1')
  await page.getByRole('button', { name: 'Find' }).click()
  await page.locator('#found').getByText('Ada: hello').waitFor()
  t.deepEqual(await axeFindings(page), [])
  t.deepEqual(complaints, [])
})

test.serial('a declared error marks its field, and any other has its code', async t => {
  const { page } = await open(t)
  await post(page, '', 'hello')
  await page.getByText('invalid_argument: say who you are').waitFor()
  t.is(await page.getByLabel('Name').getAttribute('aria-invalid'), 'true')
  await page.getByLabel('Number').fill('7')
  await page.getByRole('button', { name: 'Find' }).click()
  await page.getByText('not_found: there is no note 7').waitFor()
})

test.serial('a stream that is cut goes on after the last note, and shows none twice', async t => {
  const { page, service, relay, other } = await open(t)
  const texts: string[] = []
  for (let round = 1; round <= 3; round++) {
    const text = `round ${round}`
    await other.post({ author: 'Bob', text })
    texts.push(`Bob: ${text}`)
    await page.getByText(`Bob: ${text}`).waitFor()
    relay.cut()
    await other.post({ author: 'Bob', text: `meanwhile ${round}` })
    texts.push(`Bob: meanwhile ${round}`)
    await page.getByText(`Bob: meanwhile ${round}`).waitFor()
  }
  t.deepEqual(await page.locator('#notes li').allTextContents(), texts)
  t.deepEqual(service.resumedAfter, [undefined, '1', '3', '5'])
})

const leaving: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  'is closed': page => page.close(),
  'goes elsewhere': page => page.goto('about:blank'),
}

for (const [how, leave] of Object.entries(leaving))
  test.serial(`the server stops the stream of a page that ${how}`, async t => {
    const service = new WatchedBoard()
    const { page, other } = await open(t, { service })
    await other.post({ author: 'Bob', text: 'hello' })
    await page.getByText('Bob: hello').waitFor()
    await leave(page)
    t.is(await service.left, Code.canceled)
  })

test.serial('a page that is offline says so, and works again when it is back', async t => {
  const { page, other } = await open(t)
  await post(page, 'Ada', 'before')
  await page.getByText('Ada: before').waitFor()
  await page.context().setOffline(true)
  await page.locator('#network', { hasText: 'offline' }).waitFor()
  await post(page, 'Ada', 'lost')
  await page.getByText(/unavailable: .*the browser is offline/).waitFor()
  await other.post({ author: 'Bob', text: 'meanwhile' })
  await page.context().setOffline(false)
  await page.locator('#network', { hasText: 'online' }).waitFor()
  await page.getByText('Bob: meanwhile').waitFor()
  await post(page, 'Ada', 'after')
  await page.getByText('Ada: after').waitFor()
  t.deepEqual(await page.locator('#notes li').allTextContents(), ['Ada: before', 'Bob: meanwhile', 'Ada: after'])
})

test.serial('a page whose origin is refused gets no reply, and the server says once whom it refused', async t => {
  const { page, service, reported } = await open(t, { allowed: ['https://board.example.com'] })
  await page.getByText(/unavailable: .*does not allow this page's origin/).waitFor()
  await post(page, 'Ada', 'hello')
  await page.getByText(/\/board\.Board\/Post: .*does not allow this page's origin/).waitFor()
  t.deepEqual(service.resumedAfter, [])
  t.is(reported.length, 1)
  t.regex(String(reported[0]), /a page of origin "http:\/\/127\.0\.0\.1:\d+" tried to call \/board\.Board\/Follow/)
})
