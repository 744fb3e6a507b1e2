import test from 'ava'
import { launch, shopFor, visit } from './rig.js'

const browser = await launch()
test.after.always(() => browser.close())

test.serial('a list under a filter says that it holds still, and Esc closes the call', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.goto(`${shop.url}#/method/shop.Orders/Place?side=served`)
  await page.getByText('None yet').waitFor()
  await shop.order(10)
  const calls = page.locator('section[aria-labelledby=recent] tbody th a')
  await page.getByRole('button', { name: 'failed', exact: true }).click()
  await calls.first().press('Enter')
  await page.locator('.opened').waitFor()
  await shop.order(20)
  await page.getByText('2 newer.').waitFor()
  t.is(await page.locator('.opened').count(), 1)
  await page.keyboard.press('Escape')
  await page.locator('.opened').waitFor({ state: 'detached' })
  await calls.nth(2).waitFor()
  t.false(page.url().includes('call='))
  t.is(await page.getByRole('button', { name: 'failed', exact: true }).getAttribute('aria-pressed'), 'true')
})
