import test from 'ava'
import { openCloud, openCrowd, openPlain, Plain } from './plain-shop.js'
import { axeFindings, launch, shopFor, visit } from './rig.js'

const browser = await launch()
test.after.always(() => browser.close())

for (const wire of ['grpc', 'http', 'ws', 'thrift', 'avro']) {
  test.serial(`${wire}: the server makes a call for the page`, async t => {
    const server = await openPlain()
    t.teardown(() => server.close())
    const { page, complaints } = await visit(t, browser)
    await page.goto(`${server.consoleUrl}#/try/plain.Plain/Double?side=served`)
    await page.getByLabel('Wire').selectOption(wire)
    await page.locator('#f-sku').fill('lamp')
    await page.locator('#f-cents').fill('9007199254740993')
    await page.keyboard.press('Control+Enter')
    const reply = page.getByRole('group', { name: 'Reply' })
    await reply.waitFor()
    t.deepEqual(JSON.parse((await reply.textContent()) ?? ''), { sku: 'lamp', cents: '18014398509481986' })
    t.deepEqual(complaints, [])
  })
}

for (const wire of ['grpc', 'http', 'ws', 'thrift', 'avro']) {
  test.serial(`${wire}: a one-way call arrives, and ends without a reply`, async t => {
    const plain = new Plain()
    const server = await openPlain(plain)
    t.teardown(() => server.close())
    const { page, complaints } = await visit(t, browser)
    await page.goto(`${server.consoleUrl}#/try/plain.Plain/Note?side=served`)
    await page.getByLabel('Wire').selectOption(wire)
    await page.locator('#f-sku').fill('lamp')
    const noted = new Promise<string>(resolve => {
      plain.told = resolve
    })
    await page.keyboard.press('Control+Enter')
    t.is(await noted, 'lamp')
    const reply = page.getByRole('region', { name: 'Reply' })
    await reply.getByText('ok', { exact: true }).first().waitFor()
    t.deepEqual(await axeFindings(page), [])
    t.deepEqual(complaints, [])
  })
}

test.serial('a description is text, whatever it contains', async t => {
  const server = await openPlain()
  t.teardown(() => server.close())
  const { page, complaints } = await visit(t, browser)
  for (const path of ['method/plain.Plain/Double', 'try/plain.Plain/Double']) {
    await page.goto(`${server.consoleUrl}#/${path}?side=served`)
    await page.getByText('<script>document.title = "hacked"</script><b>Doubles</b> a price.').waitFor()
    t.is(await page.locator('main script, main b:has-text("Doubles")').count(), 0)
    t.notRegex(await page.title(), /hacked/)
  }
  t.deepEqual(complaints, [])
})

test.serial('of hundreds of methods a page draws few, and finds all', async t => {
  const server = await openCrowd(2000)
  t.teardown(() => server.close())
  const { page, complaints } = await visit(t, browser)
  await page.goto(server.consoleUrl ?? '')
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await page.getByText('100 of 2,000').waitFor()
  t.true((await page.locator('*').count()) < 3000)
  await page.getByRole('searchbox', { name: 'Find methods' }).fill('service3 method499')
  await page.getByText('1 of 2,000').waitFor()
  t.is(await page.locator('#main tbody th a').first().textContent(), 'crowd.Service3/Method499')
  t.regex(page.url(), /find=/)
  await page.getByRole('button', { name: 'crowd.Service1 500' }).click()
  await page.getByRole('button', { name: 'Search 400 more' }).click()
  await page.keyboard.type('service2 method321')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'crowd.Service2/Method321' }).waitFor()
  t.deepEqual(await axeFindings(page), [])
  await page.getByRole('link', { name: 'Try it' }).last().click()
  await page.getByRole('button', { name: 'Method: crowd.Service2/Method321. Search another' }).waitFor()
  t.deepEqual(complaints, [])
})

test.serial('of more than 1,000 endpoints the picks of the others are shown together', async t => {
  const cloud = await openCloud(1003)
  t.teardown(() => cloud.close())
  const { page, complaints } = await visit(t, browser)
  await page.goto(`${cloud.url}#/clients`)
  const channel = page.getByRole('region', { name: 'plain.Plain' })
  await channel.getByText('the first 100 of 1,003').waitFor()
  await channel.getByText('3 of them went to endpoints beyond the 1,000 that are counted one by one.').waitFor()
  await channel.getByText('share, and each second of the last minute; 1,003 in all').waitFor()
  t.true((await page.locator('*').count()) < 3000)
  const address = '127.0.5.3'
  await channel.getByRole('searchbox', { name: 'Find endpoints of plain.Plain' }).fill(address)
  await channel.getByText('1 of 1,003').waitFor()
  t.regex((await channel.locator('tbody tr').textContent()) ?? '', /^.?127\.0\.5\.3:/)
  t.deepEqual(await axeFindings(page), [])
  t.deepEqual(complaints, [])
})

test.serial('the tail of the latency lists its calls, and stays in the address', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.goto(`${shop.url}#/method/shop.Payments/Charge?side=called`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await shop.order(100)
  const slider = page.getByRole('slider', { name: 'List calls that took at least' })
  await slider.waitFor()
  await slider.press('End')
  await page.getByText('Only those that took').waitFor()
  const from = Number(new URLSearchParams(page.url().split('?')[1]).get('from'))
  t.true(from > 0)
  await page.reload()
  await page.getByText('Only those that took').waitFor()
  // A place above the bars is enough: those of the tail are a few pixels high.
  await page.locator('.hist').click({ position: { x: 4, y: 6 } })
  await page.getByText('Only those that took').waitFor({ state: 'detached' })
  t.false(page.url().includes('from='))
  const { width } = (await page.locator('.hist').boundingBox()) ?? { width: 0 }
  await page.locator('.hist').click({ position: { x: width - 4, y: 40 } })
  await page.getByText('Only those that took').waitFor()
})

test.serial('with forced colours axe-core finds nothing, and the page that is open has a border', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser, { forcedColors: 'active' })
  await page.goto(shop.url)
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  const border = 'getComputedStyle(document.querySelector(".nav [aria-current]")).borderLeftWidth'
  t.is(await page.evaluate(border), '4px')
  t.deepEqual(await axeFindings(page), [])
})
