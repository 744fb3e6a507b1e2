// Watches the console of a shop that serves 1,000 calls a second, of which one in ten fails and each makes two others, and says what
// memory server and page need. It fails if that grows. Usage: npm run console:soak -- [minutes]
import { parseArgs } from 'node:util'
import type { CDPSession, Page } from 'playwright-core'
import { WorkerProcess } from '../../bench/harness/processes.js'
import { machine, printTable } from '../../bench/harness/table.js'
import { growthOf } from '../../bench/soak/growth.js'
import { launch } from '../rig.js'

interface ShopReading {
  readonly heap: number
  readonly orders: number
}

interface PageReading {
  readonly heap: number
  /** Of the document. */
  readonly nodes: number
}

const legs = 12
/** Milliseconds on each page. */
const stay = 10_000
const paths = [
  'overview',
  'method/shop.Payments/Charge?side=called',
  'clients',
  'server',
  'config',
  'method/shop.Orders/Place?side=served',
  'overview?range=hour',
]

const minutes = Number(parseArgs({ allowPositionals: true }).positionals[0] ?? 60)
if (!(minutes > 0)) throw new RangeError('usage: npm run console:soak -- [minutes]')

const shop = new WorkerProcess('the shop', [], {
  path: new URL('./worker.js', import.meta.url),
  flags: [...process.execArgv, '--expose-gc'],
})
const browser = await launch()
try {
  const url = (await shop.receive()) as string
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  const errors: string[] = []
  page.on('pageerror', error => errors.push(String(error)))
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable')
  const readings: { readonly shop: ShopReading; readonly page: PageReading; readonly perSecond: number }[] = []
  let [at, orders] = [performance.now(), 0]
  for (let leg = 1; leg <= legs; leg++) {
    await look(page, url, (minutes * 60_000) / legs)
    await page.goto(`${url}#/overview`)
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    const reading = { shop: (await shop.ask('read')) as ShopReading, page: await readPage(session) }
    const now = performance.now()
    const perSecond = ((reading.shop.orders - orders) / (now - at)) * 1000
    readings.push({ ...reading, perSecond })
    ;[at, orders] = [now, reading.shop.orders]
    console.log(`leg ${leg} of ${legs}: ${JSON.stringify({ ...reading, perSecond })}`)
  }
  console.log(`\nA console that is watched, ${minutes} minutes\n${machine()}`)
  printTable([
    ['', 'calls served /s', 'server MiB', 'page MiB', 'nodes of the page'],
    ...readings.map(({ shop, page, perSecond }, leg) => [
      `leg ${leg + 1}`,
      perSecond.toFixed(0),
      (shop.heap / 2 ** 20).toFixed(2),
      (page.heap / 2 ** 20).toFixed(2),
      String(page.nodes),
    ]),
  ])
  const growth = [
    ...growthOf(
      'server',
      readings.map(({ shop: { heap } }) => ({ heap, handles: {} })),
    ),
    ...growthOf(
      'page',
      readings.map(({ page: { heap } }) => ({ heap, handles: {} })),
    ),
    ...errors.map(error => `an error of the page: ${error}`),
  ]
  if (growth.length > 0) throw new Error(growth.join('; '))
  console.log('Memory of server and page is flat.')
} finally {
  shop.end()
  await browser.close()
}

/** Goes from page to page. On a method it opens the newest call that was kept. */
async function look(page: Page, url: string, duration: number): Promise<void> {
  const end = performance.now() + duration
  for (let turn = 0; performance.now() < end; turn++) {
    const path = paths[turn % paths.length] ?? ''
    await page.goto(`${url}#/${path}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    if (path.startsWith('method')) await page.locator('main table.rows tbody th a').first().click()
    await page.waitForTimeout(Math.min(stay, Math.max(0, end - performance.now())))
  }
}

async function readPage(session: CDPSession): Promise<PageReading> {
  await session.send('HeapProfiler.collectGarbage')
  const { metrics } = await session.send('Performance.getMetrics')
  const metric = (wanted: string) => metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN
  return { heap: metric('JSHeapUsedSize'), nodes: metric('Nodes') }
}
