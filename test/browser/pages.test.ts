import { createServer, request } from 'node:http'
import test from 'ava'
import { axeFindings, launch, shopFor, visit } from './rig.js'

const browser = await launch()
test.after.always(() => browser.close())

const pages = [
  { path: 'overview', heading: 'Overview' },
  { path: 'method/shop.Payments/Charge?side=called', heading: 'shop.Payments/Charge' },
  { path: 'method/shop.Orders/Place?side=served', heading: 'shop.Orders/Place' },
  { path: 'try/shop.Orders/Quote?side=served', heading: 'Try it' },
  { path: 'try/shop.Orders/Track?side=served', heading: 'Try it' },
  { path: 'clients', heading: 'Clients' },
  { path: 'server', heading: 'Server' },
  { path: 'config', heading: 'Config' },
]

for (const colorScheme of ['light', 'dark'] as const) {
  test.serial(`${colorScheme}: axe-core finds nothing on any page, and the policy refuses nothing`, async t => {
    const shop = await shopFor(t)
    const { page, complaints } = await visit(t, browser, { colorScheme })
    await page.goto(shop.url)
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    await shop.order(100)
    for (const { path, heading } of pages) {
      await page.goto(`${shop.url}#/${path}`)
      await page.getByRole('heading', { level: 1, name: heading }).waitFor()
      await page.locator('main section').first().waitFor()
      t.deepEqual(await axeFindings(page), [], path)
    }
    t.deepEqual(complaints, [])
  })
}

test.serial('at 360 px no page is wider than the window, and axe-core finds nothing', async t => {
  const shop = await shopFor(t)
  const { page, complaints } = await visit(t, browser, { viewport: { width: 360, height: 740 } })
  await page.goto(shop.url)
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await shop.order(50)
  for (const { path, heading } of pages) {
    await page.goto(`${shop.url}#/${path}`)
    await page.getByRole('heading', { level: 1, name: heading }).waitFor()
    await page.locator('main section').first().waitFor()
    t.true(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'), path)
    // The list of methods is a choice of the page, so that what stays on top is low.
    t.false(await page.getByRole('navigation', { name: 'Methods' }).isVisible(), path)
    t.true(((await page.locator('.side').boundingBox())?.height ?? 740) < 150, path)
    t.deepEqual(await axeFindings(page), [], path)
  }
  const rows = "[...document.querySelectorAll('.settings tbody tr')].map(row => row.getBoundingClientRect().height)"
  t.true(Math.max(...((await page.evaluate(rows)) as number[])) < 110, 'a row of settings is a few lines high')
  t.deepEqual(complaints, [])
})

test.serial('the server says what waits in its streams, and its version', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.goto(shop.url)
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await shop.openStreams()
  await page.goto(`${shop.url}#/server`)
  const slow = page.getByRole('row', { name: /shop\.Orders\/Watch .* by the peer/ })
  await slow.waitFor()
  t.regex(await page.getByRole('row', { name: /shop\.Orders\/Track/ }).innerText(), /\b12\s+12\s+0 B\s/)
  await page.getByText(/Node \d+\.\d+\.\d+, polywire \d+\.\d+\.\d+/).waitFor()
  await page.getByText('2 streams').waitFor()
})

test.serial('at 360 px settings, limits and connections need no scroll to the side', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser, { viewport: { width: 360, height: 740 } })
  await page.goto(shop.url)
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await shop.order(10)
  const wide =
    "[...document.querySelectorAll('main .scroll')].filter(one => one.scrollWidth > one.clientWidth).map(one => one.getAttribute('aria-label'))"
  await page.goto(`${shop.url}#/config`)
  await page.getByText('1.5 s', { exact: true }).first().waitFor()
  t.deepEqual(await page.evaluate(wide), [])
  // Heads of columns are gone, so each value of a configured setting has its name.
  const names =
    "[...document.querySelectorAll('.settings tr:not(.same) [data-as]')].map(cell => getComputedStyle(cell, '::before').content)"
  t.deepEqual(await page.evaluate(names), ['"declared "', '"configured "', '"effective "'])
  await page.goto(`${shop.url}#/server`)
  await page.getByText('messageBytes').waitFor()
  t.deepEqual(await page.evaluate(wide), [])
  t.true(await page.getByRole('cell', { name: '4 MiB', exact: true }).isVisible())
})

for (const width of [1280, 360])
  test.serial(`at ${width} px no fact is cut off, and no column of figures is without a name`, async t => {
    const shop = await shopFor(t)
    const { page } = await visit(t, browser, { viewport: { width, height: 740 } })
    await page.goto(shop.url)
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
    await shop.order(50)
    const rate = page.getByRole('columnheader', { name: width === 360 ? 'Rate' : 'Rate, errors', exact: true })
    t.true(((await rate.boundingBox())?.width ?? 0) > 20)
    if (width === 360) t.true(((await rate.locator('span').boundingBox())?.width ?? 0) > 20)
    for (const path of ['method/shop.Payments/Charge?side=called', 'clients']) {
      await page.goto(`${shop.url}#/${path}`)
      await page.locator('main .vitals dd').first().waitFor()
      const cut =
        "[...document.querySelectorAll('main .vitals > div')].filter(one => one.scrollWidth > one.clientWidth).map(one => one.textContent)"
      t.deepEqual(await page.evaluate(cut), [], path)
    }
  })

test.serial('the overview follows the calls, and leads to a call and its timeline', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.goto(shop.url)
  await page.getByText('None yet').waitFor()
  await shop.order(10)
  await page
    .getByRole('row', { name: /shop\.Orders\/Place/ })
    .first()
    .getByText('OutOfStock 1')
    .waitFor()
  await page
    .getByRole('row', { name: /OutOfStock/ })
    .last()
    .getByRole('link')
    .first()
    .click()
  await page.getByRole('heading', { level: 1, name: 'shop.Orders/Place' }).waitFor()
  await page.getByRole('cell', { name: 'ended failed_precondition (OutOfStock)' }).waitFor()
  t.deepEqual(await axeFindings(page), [])
  await page.getByRole('link', { name: 'Repeat in Try it' }).click()
  await page.getByRole('heading', { level: 1, name: 'Try it' }).waitFor()
  t.regex(page.url(), /#\/try\/shop\.Orders\/Place\?side=served/)
})

test.serial('of many kept calls ten are listed, and a timeline opens in sight', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.goto(shop.url)
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await shop.order(300)
  await page.goto(`${shop.url}#/method/shop.Orders/Place?side=served`)
  const rows = page.getByRole('region', { name: 'Recent slow and failed calls' }).locator('tbody tr')
  await rows.first().waitFor()
  t.is(await rows.count(), 10)
  await page.getByRole('button', { name: 'Show all' }).click()
  await rows.nth(29).getByRole('link').click()
  await page.locator('.lanes').waitFor()
  const height = (await page.locator('.detail').boundingBox())?.y ?? 10_000
  t.true(height > 0 && height < 900, `its top is at ${height} px of 900`)
})

test.serial('a method shows who said so, and the state of its circuit', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.goto(`${shop.url}#/method/shop.Payments/Charge?side=called`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  await shop.order(100)
  const onion = page.locator('.onion')
  await onion.getByText('configuration').waitFor()
  await onion.locator('b', { hasText: 'circuitBreaker' }).waitFor()
  t.deepEqual(await onion.locator('.layer b').allTextContents(), [
    'timeout',
    'retry',
    'failover',
    'balanced',
    'circuitBreaker',
    'bulkhead',
  ])
  await page.goto(`${shop.url}#/clients`)
  await page.getByRole('region', { name: 'shop.Payments' }).waitFor()
  t.is(await page.locator('main tbody tr').count(), 4)
})

test.serial(
  'the range and the calls that are listed are in the address, and a link without a side gets it',
  async t => {
    const shop = await shopFor(t)
    const { page } = await visit(t, browser)
    const hash = () => page.evaluate('location.hash')
    await page.goto(`${shop.url}#/overview?range=hour`)
    await page.getByText('last hour').waitFor()
    await shop.order(50)
    await page.getByRole('navigation', { name: 'Methods' }).getByRole('link', { name: 'Place' }).click()
    await page.getByRole('heading', { level: 1, name: 'shop.Orders/Place' }).waitFor()
    await page.waitForFunction('location.hash.includes("range=hour")')
    await page.getByText('failed', { exact: true }).click()
    t.is(await hash(), '#/method/shop.Orders/Place?side=served&range=hour&show=failed')
    await page.locator('main table.rows tbody th a').first().click()
    t.regex(String(await hash()), /range=hour&show=failed&call=\d+$/)
    await page.goto(`${shop.url}#/method/shop.Payments/Charge`)
    await page.waitForFunction('location.hash.includes("side=called")')
  },
)

test.serial('Config shows what a change did, and what was refused', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.goto(`${shop.url}#/config`)
  await page.getByRole('heading', { level: 1, name: 'Config' }).waitFor()
  shop.reconfigure({ methodConfig: [{ name: [{ service: 'shop.Payments' }], timeout: '2s' }] })
  await page.getByRole('heading', { name: 'Revision 1 to 2' }).waitFor()
  t.deepEqual(
    (await page.locator('.diff .del, .diff .add').allTextContents()).map(line => line.replace(/\s+/g, ' ')),
    ['- "timeout": "1.5s"', '+ "timeout": "2s"'],
  )
  await page
    .getByRole('region', { name: 'What that changed' })
    .getByRole('row', { name: 'Charge timeout 1.5 s 2 s' })
    .waitFor()
  t.deepEqual(await axeFindings(page), [])
  shop.reconfigure({ methodConfig: [{ name: [{ service: 'shop.Payments' }], timeot: '3s' }] })
  await page.getByRole('heading', { name: 'A later configuration was refused' }).waitFor()
  await page.getByText('Revision 2 stays').waitFor()
  t.deepEqual(await axeFindings(page), [])
})

test.serial('everything is reached by keys', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.goto(shop.url)
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  const before = await page.evaluate('location.hash')
  await page.keyboard.press('c')
  t.is(await page.evaluate('location.hash'), before, 'a key of a page needs its g')
  for (const [key, heading] of [
    ['c', 'Clients'],
    ['s', 'Server'],
    ['f', 'Config'],
    ['t', 'Try it'],
    ['o', 'Overview'],
  ] as const) {
    await page.keyboard.press('g')
    await page.keyboard.press(key)
    await page.getByRole('heading', { level: 1, name: heading }).waitFor()
    t.is(await page.evaluate('document.activeElement.id'), 'main', 'a page change moves the focus')
  }
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  t.is(await page.evaluate('document.activeElement.textContent'), 'shop.Orders/Quote')
  await page.keyboard.press('k')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'shop.Orders/Place' }).waitFor()
  const search = page.getByRole('combobox', { name: 'Search pages, methods, endpoints, calls and commands' })
  await page.keyboard.press('/')
  await search.and(page.locator(':focus')).waitFor()
  await page.keyboard.type('charge')
  await page.getByRole('option', { name: 'shop.Payments/Charge' }).first().waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'shop.Payments/Charge' }).waitFor()
  await page.keyboard.press('p')
  await page.getByRole('button', { name: 'Paused' }).waitFor()
  await page.keyboard.press('t')
  t.is(await page.evaluate('document.documentElement.dataset.theme'), 'light')
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  t.deepEqual(await axeFindings(page), [])
  await page.getByLabel('Single-key shortcuts').uncheck()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'detached' })
  await page.keyboard.press('t')
  t.is(await page.evaluate('document.documentElement.dataset.theme'), 'light', 'single keys are off')
})

test.serial('the palette finds endpoints and kept calls', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.goto(shop.url)
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await shop.order(10)
  await page.keyboard.press('/')
  await page.keyboard.type('shop.stock endpoint')
  await page.getByRole('option', { name: 'endpoint, connected' }).first().waitFor()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.type('place call failed')
  await page.getByRole('option', { name: 'call, failed_precondition' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'shop.Orders/Place' }).waitFor()
  await page.locator('.lanes').waitFor()
  t.regex(page.url(), /call=\d+/)
})

test.serial('who leaves a page before its first method is known stays where he went', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.goto(shop.url)
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await page.evaluate(`new Promise(resolve => {
    const afterPaint = then => requestAnimationFrame(() => setTimeout(then))
    addEventListener('hashchange', () => {
      location.hash = '#/server'
      afterPaint(() => afterPaint(resolve))
    }, { once: true })
    location.hash = '#/try'
  })`)
  t.is(await page.evaluate('location.hash'), '#/server')
  await page.getByRole('heading', { level: 1, name: 'Server' }).waitFor()
})

test.serial('with a token the page asks for it, or reads it from its link', async t => {
  const shop = await shopFor(t, { token: 'a-token-for-tests' })
  const first = await visit(t, browser)
  await first.page.goto(shop.url)
  await first.page.getByLabel('Token').fill('a-token-for-tests')
  await first.page.getByRole('button', { name: 'Open' }).click()
  await first.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  const second = await visit(t, browser)
  await second.page.goto(`${shop.url}#token=a-token-for-tests`)
  await second.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  t.false(second.page.url().includes('a-token-for-tests'))
})

test.serial('behind a proxy with a path prefix everything works', async t => {
  const shop = await shopFor(t)
  const target = new URL(shop.url)
  const prefix = '/ops/orders'
  const proxy = createServer((incoming, response) => {
    const path = (incoming.url ?? '').slice(prefix.length)
    const options = { host: target.hostname, port: target.port, path, method: incoming.method ?? 'GET' }
    const outgoing = request({ ...options, headers: { ...incoming.headers, host: target.host } }, reply => {
      response.writeHead(reply.statusCode ?? 500, reply.headers)
      reply.pipe(response)
    })
    outgoing.on('error', () => response.destroy())
    incoming.pipe(outgoing)
  })
  await new Promise<void>(resolve => proxy.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  const address = proxy.address()
  const { page, complaints } = await visit(t, browser)
  await page.goto(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}${prefix}/_polywire`)
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await page.getByRole('link', { name: 'Server' }).click()
  await page.getByRole('heading', { level: 1, name: 'Server' }).waitFor()
  t.deepEqual(complaints, [])
})

test.serial('a server that is gone is told, with the last figures', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.goto(shop.url)
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await page.context().setOffline(true)
  await page.getByText('The server does not answer.').waitFor()
  t.true(await page.getByRole('heading', { level: 1, name: 'Overview' }).isVisible())
  t.deepEqual(await axeFindings(page), [])
  await page.context().setOffline(false)
  await page.getByRole('button', { name: 'Try now' }).click()
  await page.getByText('The server does not answer.').waitFor({ state: 'detached' })
})
