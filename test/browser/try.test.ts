import test from 'ava'
import type { Page } from 'playwright-core'
import { axeFindings, launch, shopFor, visit } from './rig.js'

const browser = await launch()
test.after.always(() => browser.close())

async function open(page: Page, url: string, method: string): Promise<void> {
  await page.goto(`${url}#/try/${method}?side=served`)
  await page.locator('form[data-send] button[type=submit]').waitFor()
}

for (const wire of ['grpc', 'http', 'ws']) {
  test.serial(`${wire}: a unary call by the form`, async t => {
    const shop = await shopFor(t)
    const { page, complaints } = await visit(t, browser)
    await open(page, shop.url, 'shop.Orders/Quote')
    await page.getByLabel('Wire').selectOption(wire)
    await page.locator('#f-customer').fill('shopper-4')
    await page.getByRole('button', { name: 'Add to lines' }).click()
    await page.locator('#f-lines-0-sku').fill('lamp')
    await page.locator('#f-lines-0-pieces').fill('2')
    await page.locator('#f-budgetCents').fill('9007199254740993')
    await page.locator('#f-speed').selectOption('express')
    await page.keyboard.press('Control+Enter')
    const reply = page.getByRole('group', { name: 'Reply' })
    await reply.waitFor()
    t.deepEqual(JSON.parse((await reply.textContent()) ?? ''), {
      cents: '9007199254740993',
      lines: [{ sku: 'lamp', pieces: 2 }],
      note: 'for shopper-4',
    })
    await page
      .getByText('0 headers')
      .or(page.getByText(/\d+ headers/))
      .first()
      .click()
    await page.getByText(shop.server.address).last().waitFor()
    t.deepEqual(await axeFindings(page), [])
    t.deepEqual(complaints, [])
  })

  test.serial(`${wire}: a stream of replies`, async t => {
    const shop = await shopFor(t)
    const { page } = await visit(t, browser)
    await open(page, shop.url, 'shop.Orders/Watch')
    await page.getByLabel('Wire').selectOption(wire)
    await page.locator('#f-sku').fill('lamp')
    await page.locator('#f-pieces').fill('3')
    await page.getByRole('button', { name: 'Open the stream' }).click()
    const log = page.getByRole('log')
    await log.getByText('ended ok').waitFor()
    t.is(await log.getByText('← got').count(), 3)
  })

  test.serial(`${wire}: a stream of requests`, async t => {
    const shop = await shopFor(t)
    const { page } = await visit(t, browser)
    await open(page, shop.url, 'shop.Orders/Sum')
    await page.getByLabel('Wire').selectOption(wire)
    await page.getByRole('button', { name: 'Open the stream' }).click()
    const log = page.getByRole('log')
    await log.getByText('open', { exact: true }).waitFor()
    for (const sku of ['a', 'b']) {
      await page.locator('#f-sku').fill(sku)
      await page.getByRole('button', { name: 'Send the message' }).click()
      await log.getByText(`{"sku":"${sku}"}`).waitFor()
    }
    await page.getByRole('button', { name: 'Half-close' }).click()
    await log.getByText('{"sku":"ab"}').waitFor()
    await log.getByText('ended ok').waitFor()
    t.pass()
  })

  test.serial(`${wire}: a stream both ways, then cancelled`, async t => {
    const shop = await shopFor(t)
    const { page } = await visit(t, browser)
    await open(page, shop.url, 'shop.Orders/Track')
    await page.getByLabel('Wire').selectOption(wire)
    await page.getByRole('button', { name: 'Open the stream' }).click()
    const log = page.getByRole('log')
    for (const sku of ['a', 'b']) {
      await page.locator('#f-sku').fill(sku)
      await page.getByRole('button', { name: 'Send the message' }).click()
      await log.getByText(`{"sku":"${sku}!"}`).waitFor()
    }
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.locator('form[data-send] button[type=submit]:enabled').waitFor()
    t.pass()
  })
}

test.serial('a called method is called by the channel, and shows its attempts', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.goto(`${shop.url}#/try/shop.Payments/Charge?side=called`)
  await page.locator('#f-order').fill('o-1')
  await page.locator('#f-cents').fill('400')
  await page.locator('form[data-send] button[type=submit]').click()
  const reply = page.getByRole('group', { name: 'Reply' })
  await reply.waitFor()
  t.deepEqual(JSON.parse((await reply.textContent()) ?? ''), { number: 'receipt-o-1', cents: 400 })
})

test.serial('form and JSON are two views of one value', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await open(page, shop.url, 'shop.Orders/Quote')
  const json = page.locator('#json')
  const shownValue = async () => JSON.parse(await json.inputValue()) as unknown
  await page.locator('#f-customer').fill('a')
  await page.locator('.seg').getByText('invoice').click()
  await page.locator('#f-invoice').fill('i-1')
  t.deepEqual(await shownValue(), { customer: 'a', invoice: 'i-1' })
  await json.fill('{ "customer": "b", "points": "5", "labels": { "x": "y" } }')
  await page.getByText('read into the form').waitFor()
  t.is(await page.locator('#f-customer').inputValue(), 'b')
  t.is(await page.getByLabel('labels, value of x').inputValue(), 'y')
  t.is(await page.locator('#f-points').inputValue(), '5')
  await json.fill('{ "customer": ')
  t.is(await json.getAttribute('aria-invalid'), 'true')
  await json.fill('{ "budgetCents": 9007199254740993 }')
  await page.getByText(/in quotes/).waitFor()
  t.deepEqual(await axeFindings(page), [])
})

test.serial('bytes are a file, a date can be unset, and of 10,000 entries a hundred are drawn', async t => {
  const shop = await shopFor(t)
  const { page, complaints } = await visit(t, browser)
  await open(page, shop.url, 'shop.Orders/Quote')
  const json = page.locator('#json')
  const shownValue = async () => JSON.parse(await json.inputValue()) as unknown
  const file = { name: 'a.bin', mimeType: 'application/octet-stream', buffer: Buffer.from([0, 255]) }
  await page.locator('#f-attachment').setInputFiles(file)
  await page.getByText('a.bin, 2 bytes, sent as base64').waitFor()
  t.deepEqual(await shownValue(), { attachment: 'AP8=' })
  await page.getByRole('button', { name: 'Remove the bytes' }).click()
  await page.getByLabel('Set deliverBy').check()
  await page.locator('#f-deliverBy').fill('2026-12-01T09:00:00')
  t.deepEqual(await shownValue(), { deliverBy: '2026-12-01T09:00:00Z' })
  await page.getByLabel('Set deliverBy').uncheck()
  t.deepEqual(await shownValue(), {})
  const labels = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`label-${at}`, `${at}`]))
  await json.fill(JSON.stringify({ customer: 'a', labels }))
  await page.getByText('The first 100 of 10,000.').waitFor()
  t.true((await page.locator('input').count()) < 500)
  await page.locator('form[data-send] button[type=submit]').click()
  await page.getByRole('group', { name: 'Reply' }).waitFor()
  t.deepEqual(complaints, [])
})

test.serial('what is wrong in the form says what is right', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await open(page, shop.url, 'shop.Orders/Watch')
  await page.locator('#f-pieces').fill('2.5')
  await page.getByText('a whole number from −2^31 to 2^31−1').waitFor()
  await page.getByRole('button', { name: 'Open the stream' }).click()
  await page
    .getByText(/pieces/)
    .last()
    .waitFor()
  t.deepEqual(await axeFindings(page), [])
})

test.serial('after a header is removed the focus stays in the form', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await open(page, shop.url, 'shop.Orders/Quote')
  const add = page.getByRole('button', { name: 'Add a header' })
  await add.click()
  await page.getByRole('button', { name: 'Remove header 1' }).click()
  t.is(await page.evaluate('document.activeElement.textContent'), 'Add a header')
})

test.serial('a call that may change something asks once', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await open(page, shop.url, 'shop.Orders/Refund')
  await page.locator('form[data-send] button[type=submit]').click()
  await page.getByText('neither safe nor idempotent').waitFor()
  t.deepEqual(await axeFindings(page), [])
  const focused = () => page.evaluate('document.activeElement.textContent')
  t.is(await focused(), 'Send it')
  await page.keyboard.press('Escape')
  await page.getByText('neither safe nor idempotent').waitFor({ state: 'detached' })
  t.regex(String(await focused()), /^Send/)
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Send it' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('group', { name: 'Reply' }).waitFor()
})

test.serial('a link brings the form as it was filled in', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser, { permissions: ['clipboard-read', 'clipboard-write'] })
  await open(page, shop.url, 'shop.Orders/Quote')
  await page.locator('#f-customer').fill('ü')
  await page.getByRole('button', { name: 'Add a header' }).click()
  await page.getByLabel('Header 1, name').fill('x-customer')
  await page.getByLabel('Header 1, value').fill('7')
  await page.getByLabel('Deadline').fill('2s')
  await page.getByRole('button', { name: 'Copy the link' }).click()
  await page.getByText('Link copied').waitFor()
  const link = (await page.evaluate('navigator.clipboard.readText()')) as string
  const copies = await page.locator('#copytext').textContent()
  t.regex(copies ?? '', /^curl --max-time 2 -H 'content-type: application\/json' |^curl --max-time 2 \\/)
  const other = await visit(t, browser)
  await other.page.goto(link)
  await other.page.locator('#f-customer').waitFor()
  t.is(await other.page.locator('#f-customer').inputValue(), 'ü')
  t.is(await other.page.getByLabel('Header 1, value').inputValue(), '7')
  t.is(await other.page.getByLabel('Deadline').inputValue(), '2s')
})
