import test from 'ava'
import { launch, shopFor, visit } from './rig.js'

const browser = await launch()
test.after.always(() => browser.close())

const tries = [
  { headers: 'x-customer: a' },
  { headers: [null, 1, ['x-customer'], { name: 'x-customer' }] },
  { headers: { 'x-customer': 'a' }, value: [] },
  { wire: 7, route: [], codec: {}, timeout: 5, value: 'lamp' },
].map(carried => ({
  path: `try/shop.Orders/Quote?v=${Buffer.from(JSON.stringify(carried)).toString('base64url')}`,
  shows: { role: 'button', name: /^Send/ } as const,
}))

const links = [
  ...tries,
  { path: 'method/%', shows: { role: 'heading', name: 'Not here' } },
  { path: 'method/shop.Orders/Place?call=', shows: { role: 'heading', name: 'shop.Orders/Place' } },
  { path: 'method/shop.Orders/Place?call=..%2Foverview', shows: { role: 'heading', name: 'shop.Orders/Place' } },
] as const

test.serial('a link that was cut, or written by hand, opens its page without what cannot be read', async t => {
  const shop = await shopFor(t)
  for (const { path, shows } of links) {
    const { page, complaints } = await visit(t, browser)
    await page.goto(`${shop.url}#/${path}`)
    await page.getByRole(shows.role, { name: shows.name }).waitFor()
    await page.waitForLoadState('networkidle')
    t.deepEqual(
      complaints.filter(text => !text.includes('Failed to load resource')),
      [],
      path,
    )
    await page.context().close()
  }
})

test.serial('the headers of a link that are none are left out, and the others kept', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  const carried = { headers: [null, ['x-customer', 'ada'], ['x-count', 5]], timeout: '2s' }
  const v = Buffer.from(JSON.stringify(carried)).toString('base64url')
  await page.goto(`${shop.url}#/try/shop.Orders/Quote?v=${v}`)
  await page.getByLabel('Header 1, name').waitFor()
  t.is(await page.getByLabel('Header 1, value').inputValue(), 'ada')
  t.is(await page.getByLabel('Header 2, name').count(), 0)
  t.is(await page.getByLabel('Deadline').inputValue(), '2s')
})

test.serial('a token that holds a percent sign opens the console from its link', async t => {
  const shop = await shopFor(t, { token: 'half-of-100%-for-tests' })
  const { page, complaints } = await visit(t, browser)
  await page.goto(`${shop.url}#token=half-of-100%-for-tests`)
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  t.deepEqual(complaints, [])
})
