import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { FakeEtcd } from '../support/fake-etcd.js'
import { openShop } from './shop.js'

// Remakes the pictures of docs/guide/console.md. Usage: npm run screenshots
const folder = process.argv[2] ?? fileURLToPath(new URL('../../../docs/guide/', import.meta.url))
const etcd = await FakeEtcd.start()
const shop = await openShop({ register: `etcd://${etcd.address}` })
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
const shots = [
  { name: 'overview-light', path: 'overview', scheme: 'light' },
  { name: 'method-dark', path: 'method/shop.Payments/Charge?side=called', scheme: 'dark' },
  { name: 'clients-dark', path: 'clients', scheme: 'dark' },
  { name: 'try-light', path: 'try/shop.Orders/Quote?side=served', scheme: 'light' },
  { name: 'server-light', path: 'server', scheme: 'light' },
  { name: 'config-dark', path: 'config', scheme: 'dark' },
] as const

/** Orders come until this is over, so that charts of a minute have something to show. */
const over = new AbortController()
const traffic = orderUntil(over.signal)
const looker = await browser.newPage()
await looker.goto(shop.url)
await setTimeout(60_000)

async function orderUntil(signal: AbortSignal): Promise<void> {
  for (let second = 0; !signal.aborted; second++) {
    await shop.order(12 + 8 * (second % 3))
    await setTimeout(150)
  }
}

try {
  for (const { name, path, scheme } of shots) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, colorScheme: scheme })
    page.on('pageerror', error => console.error(name, error))
    page.on('console', message => message.type() === 'error' && console.error(name, message.text()))
    await page.goto(`${shop.url}#/overview`)
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    if (path === 'server') await shop.openStreams()
    await page.goto(`${shop.url}#/${path}`)
    await page.getByRole('heading', { level: 1 }).waitFor()
    if (path.startsWith('method')) await page.locator('main table.rows tbody th a').first().click()
    if (path === 'config') {
      const entry = { name: [{ service: 'shop.Payments', method: 'Charge' }], timeout: '2s' }
      shop.reconfigure({ methodConfig: [{ ...entry, policies: { circuitBreaker: { openFor: '1s' } } }] })
      shop.reconfigure({ methodConfig: [{ ...entry, policies: { circutBreaker: { openFor: '3s' } } }] })
      await page.getByText('A later configuration was refused').waitFor()
      await page.getByLabel('Only what is configured').check()
    }
    if (path.startsWith('try')) {
      await page.locator('#json').fill(
        JSON.stringify(
          {
            customer: 'shopper-4',
            lines: [{ sku: 'lamp', pieces: 2 }],
            card: { token: 'tok_1', holder: 'A. Kaya' },
            labels: { gift: 'yes' },
            speed: 'express',
            budgetCents: '9007199254740993',
            deliverBy: '2026-12-01T09:00:00Z',
          },
          null,
          2,
        ),
      )
      await page.getByRole('button', { name: 'Send' }).click()
      await page.locator('#reply + * , #reply').first().waitFor()
      await page.getByText('ok', { exact: true }).first().waitFor()
    }
    await page.locator('main .vitals, main table, main form').first().waitFor()
    if (path === 'server') await page.getByText('passes', { exact: true }).waitFor()
    await page.evaluate('scrollTo(0, 0)')
    await page.screenshot({ path: `${folder}/console-${name}.png`, fullPage: true })
    await page.close()
  }
} finally {
  over.abort()
  await traffic
  await browser.close()
  await shop.close()
  await etcd[Symbol.asyncDispose]()
}
