import test from 'ava'
import { launch, shopFor, visit } from './rig.js'

const browser = await launch()
test.after.always(() => browser.close())

test.serial('a server that hangs is told, with when it is tried again', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.goto(shop.url)
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  // Requests arrive, and nothing answers them.
  await page.route('**/api/**', () => {})
  await page.getByText('The server does not answer.').waitFor()
  await page.getByText('Trying again every second.').waitFor()
  await page.unroute('**/api/**')
  await page.getByText('The server does not answer.').waitFor({ state: 'detached' })
  t.true(await page.getByRole('heading', { level: 1, name: 'Overview' }).isVisible())
})

test.serial('the methods are listed although the first answer was lost', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  let asked = 0
  await page.route('**/api/tree', route => (asked++ === 0 ? route.abort() : route.continue()))
  await page.goto(`${shop.url}#/method`)
  await page.getByRole('heading', { level: 1, name: 'shop.Orders/Place' }).waitFor()
  t.true(await page.getByRole('navigation', { name: 'Methods' }).getByRole('link', { name: 'Charge' }).isVisible())
})

test.serial('a page that is paused says that it does not try again', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.goto(shop.url)
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await page.context().setOffline(true)
  await page.getByText('The server does not answer.').waitFor()
  await page.locator('main').press('p')
  await page.getByText('Paused: not trying again.').waitFor()
  t.true(await page.getByRole('button', { name: 'Try now' }).isVisible())
})

test.serial('a notice that counts down keeps the focus', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.route('**/api/overview*', async route => {
    const reply = await route.fetch()
    const text = `The circuit is open, for another ${count--} s.`
    const notice = { key: 'circuit', level: 'bad', text, page: 'clients', age: 0 }
    const others = Array.from({ length: 11 }, (_, at) => ({ ...notice, key: `${at}`, text: `Endpoint ${at} is down.` }))
    await route.fulfill({ response: reply, json: { ...(await reply.json()), attention: [notice, ...others] } })
  })
  let count = 99
  await page.goto(shop.url)
  await page.getByRole('link', { name: 'for another 99 s.' }).focus()
  await page.getByRole('link', { name: 'for another 97 s.' }).waitFor()
  t.regex(String(await page.evaluate('document.activeElement.textContent')), /^The circuit is open/)
  await page.getByText('10 of 12').waitFor()
})

test.serial('Ctrl Enter in the search opens what is found, and sends nothing', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  const sent: string[] = []
  page.on('request', request => void (request.method() === 'POST' && sent.push(request.url())))
  await page.goto(`${shop.url}#/try/shop.Orders/Quote`)
  await page.getByRole('button', { name: /^Send/ }).waitFor()
  await page.locator('main').press('/')
  await page.getByRole('combobox', { name: /^Search/ }).fill('clients')
  await page.keyboard.press('Control+Enter')
  await page.getByRole('heading', { level: 1, name: 'Clients' }).waitFor()
  t.deepEqual(sent, [])
})
