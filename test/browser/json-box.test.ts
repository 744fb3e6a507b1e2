import test from 'ava'
import { launch, shopFor, visit } from './rig.js'

const browser = await launch()
test.after.always(() => browser.close())

test.serial('JSON that cannot be read is not sent, nor what stood there before', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.goto(`${shop.url}#/try/shop.Orders/Quote?side=served`)
  const json = page.locator('#json')
  await json.fill('{ "customer": "ada" }')
  await json.fill('{ "customer": "ada",, }')
  await json.press('Control+Enter')
  await page.getByText('Nothing was sent, because the JSON is not read yet').waitFor()
  t.is(await page.getByText('Nothing sent yet').count(), 1)
  await json.fill('{ "customer": "bob" }')
  await json.press('Control+Enter')
  await page.getByRole('group', { name: 'Reply' }).getByText('for bob').waitFor()
  t.is(await page.getByText('Nothing was sent').count(), 0)
})

test.serial(
  'a message of an open stream is not sent either, and the form takes over from JSON that cannot be read',
  async t => {
    const shop = await shopFor(t)
    const { page } = await visit(t, browser)
    await page.goto(`${shop.url}#/try/shop.Orders/Track?side=served`)
    await page.locator('#json').fill('{ "sku": ')
    await page.getByRole('button', { name: 'Open the stream' }).click()
    const send = page.getByRole('button', { name: 'Send the message' })
    await send.click()
    await page.getByText('Nothing was sent, because the JSON is not read yet').waitFor()
    await page.locator('#f-sku').fill('lamp')
    t.is(await page.locator('#json').inputValue(), '{\n  "sku": "lamp"\n}')
    await send.click()
    await page.getByRole('log').getByText('← got').waitFor()
    t.is(await page.getByRole('log').getByText('→ sent').count(), 1)
    t.is(await page.getByText('Nothing was sent').count(), 0)
  },
)
