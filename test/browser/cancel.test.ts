import test from 'ava'
import { launch, shopFor, visit } from './rig.js'

const browser = await launch()
test.after.always(() => browser.close())

test.serial('a call that is cancelled says so, and not that nothing was sent', async t => {
  const shop = await shopFor(t)
  const { page, complaints } = await visit(t, browser)
  let sent = 0
  await page.route('**/api/call', () => void sent++)
  await page.goto(`${shop.url}#/try/shop.Orders/Quote?side=served`)
  await page.getByRole('button', { name: /^Send/ }).click()
  await page.getByText('under way').waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await page.getByText('canceled by you').waitFor()
  t.is(sent, 1, 'the click on Cancel does not send again')
  t.is(await page.getByText('Nothing sent yet').count(), 0)
  t.is(await page.getByRole('alert').count(), 0)
  t.deepEqual(complaints, [])
})

test.serial('a stream that is faster than the page can be cancelled, and its log says so', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.goto(`${shop.url}#/try/shop.Orders/Watch?side=served`)
  await page.locator('#json').fill('{ "sku": "lamp", "pieces": 20000000 }')
  await page.getByRole('button', { name: 'Open the stream' }).click()
  await page.getByText(/^open, \d+,\d{3} lines/).waitFor()
  await page.getByRole('button', { name: 'Cancel' }).click()
  const log = page.getByRole('log')
  await log.getByText('canceled by you').waitFor()
  t.is(await log.getByRole('listitem').count(), 1000)
  t.regex(await log.getByRole('listitem').last().innerText(), /canceled by you: the server was told/)
  await page.getByRole('button', { name: 'Open the stream' }).waitFor()
})
