import test, { type ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { axeFindings, launch, shopFor, visit } from './rig.js'

const browser = await launch()
test.after.always(() => browser.close())

/** A call as the console keeps it, without its attempts. */
const keptCall = {
  ...{ key: 1, id: 'a', name: 'shop.Payments/Charge', side: 'called', at: 0, slow: true, code: 'ok', attempts: 2 },
  idempotency: 'idempotent',
  decisions: [],
  sent: { messages: 0, bytes: 0 },
  received: { messages: 0, bytes: 0 },
  related: [],
}

test.serial('attempts that differ a thousandfold are both seen', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser, { viewport: { width: 360, height: 740 } })
  const attempt = { balancer: 'adaptive', candidates: 2, inFlight: 0 }
  const call = {
    ...keptCall,
    took: 2000.3,
    timeline: [
      { ...attempt, number: 1, endpoint: 'a:1', cause: 'first', from: 0, to: 0.2, code: 'unavailable' },
      { ...attempt, number: 2, endpoint: 'b:1', cause: 'retry', from: 0.3, to: 2000.3, code: 'ok' },
    ],
  }
  await page.route('**/api/calls/1', route => route.fulfill({ json: call }))
  await page.goto(`${shop.url}#/method/shop.Payments/Charge?side=called&call=1`)
  await page.locator('.lanes').waitFor()
  const widths = async () => {
    const found = await page.locator('.lane rect').all()
    return Promise.all(found.map(async one => Number.parseFloat((await one.getAttribute('width')) ?? '')))
  }
  const [first = 0, second = 0] = await widths()
  t.true(first > 5 && second > first, `${first} % and ${second} %`)
  t.true(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
  t.deepEqual(await axeFindings(page), [])
  t.deepEqual(await axisOf(t, page), ['0 ms', '0.3'])
  await page.getByRole('button', { name: 'to scale' }).click()
  t.true(((await widths())[0] ?? 100) < 1)
  t.deepEqual(await axisOf(t, page), ['0 ms', '500', '1000', '1500'])
})

test.serial('a timeline says who decided what, and why, policies that turned an attempt away too', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  const attempt = { candidates: 3, inFlight: 2, balancer: 'least-connections' }
  const timeline = [
    {
      ...{ ...attempt, number: 1, endpoint: 'c:1', cause: 'first', from: 0, to: 0.1 },
      ...{ code: 'unavailable', reason: 'circuit_open', message: '/shop.Payments/Charge: the circuit to c:1 is open' },
    },
    {
      ...{ ...attempt, number: 2, endpoint: 'b:1', cause: 'failover', from: 0.2, to: 300.2 },
      ...{
        code: 'deadline_exceeded',
        reason: 'per_try_timeout',
        message: '/shop.Payments/Charge: no reply within 300 ms',
      },
    },
    { ...attempt, number: 3, endpoint: 'a:1', cause: 'retry', from: 317.5, to: 326, code: 'ok' },
  ]
  const decisions = [
    {
      at: 0.2,
      policy: 'failover',
      action: 'failover',
      why: 'the endpoint cannot take the call',
      delay: 0,
      code: 'circuit_open',
    },
    { at: 300.3, policy: 'retry', action: 'retry', why: 'backoff', delay: 17.2, code: 'per_try_timeout' },
  ]
  await page.route('**/api/calls/1', route =>
    route.fulfill({ json: { ...keptCall, took: 326.3, deadline: 2000, timeline, decisions } }),
  )
  await page.goto(`${shop.url}#/method/shop.Payments/Charge?side=called&call=1`)
  const rows = page.locator('.why tbody tr')
  await rows.first().waitFor()
  t.deepEqual(
    (await rows.allInnerTexts()).map(text => text.split('\t').join(' | ')),
    [
      '0.00 | least-connections | picked c:1, of 3, with the fewest calls in flight; 2 in flight there',
      '0.10 | circuitBreaker | turned away attempt 1: the circuit to c:1 is open',
      '0.20 | failover | moves to another endpoint: the endpoint cannot take the call, after circuit_open',
      '0.20 | least-connections | picked b:1, of 3, with the fewest calls in flight; 2 in flight there, for the failover',
      '300 | timeout | ended attempt 2: no reply within 300 ms',
      '300 | retry | sends attempt 3: backoff, after per_try_timeout, in 17.2 ms; it may, because the method is idempotent',
      '318 | least-connections | picked a:1, of 3, with the fewest calls in flight; 2 in flight there, for the retry',
      '326 | call | ended ok, 1,674 ms before its deadline',
    ],
  )
})

for (const width of [1280, 1000, 360])
  test.serial(`at ${width} px labels of a timeline do not overlap, however close the attempts`, async t => {
    const shop = await shopFor(t)
    const { page } = await visit(t, browser, { viewport: { width, height: 740 } })
    const ends = [0.031, 0.0312, 0.04, 0.052, 0.7, 0.73, 1.2, 34.6, 34.71, 1234.5]
    const timeline = ends.map((to, at) => ({
      ...{ balancer: 'adaptive', candidates: 2, inFlight: 0, cause: at === 0 ? 'first' : 'retry' },
      ...{ number: at + 1, endpoint: `a:${at}`, from: ends[at - 1] ?? 0, to, code: 'unavailable' },
    }))
    await page.route('**/api/calls/1', route => route.fulfill({ json: { ...keptCall, took: 1234.5, timeline } }))
    await page.goto(`${shop.url}#/method/shop.Payments/Charge?side=called&call=1`)
    await page.locator('.lanes').waitFor()
    t.true((await axisOf(t, page)).length > 2)
    await page.setViewportSize({ width: 900, height: 740 })
    t.true((await axisOf(t, page)).length > 2)
    await page.setViewportSize({ width, height: 740 })
    await page.getByRole('button', { name: 'to scale' }).click()
    t.true((await axisOf(t, page)).length > 2)
  })

/** The labels of the axis that touch another one. */
const touching = `new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))).then(() =>
  [...document.querySelectorAll('.axis text')].filter((one, at, all) =>
    at > 0 && one.getBoundingClientRect().left - all[at - 1].getBoundingClientRect().right < 2,
  ).map(one => one.textContent))`

/** The labels of the axis. A frame after the window was resized they fit again. */
async function axisOf(t: ExecutionContext, page: Page): Promise<string[]> {
  t.deepEqual(await page.evaluate(touching), [])
  return page.locator('.axis text').allTextContents()
}

test.serial(
  'the delay of a hedge is a wait beside the attempt that did not answer, and the hedge that won says so',
  async t => {
    const shop = await shopFor(t)
    const { page } = await visit(t, browser)
    const attempt = { balancer: 'adaptive', candidates: 2, inFlight: 0 }
    const call = {
      ...keptCall,
      took: 44,
      timeline: [
        { ...attempt, number: 1, endpoint: 'a:1', cause: 'first', from: 0.1, to: 43.5, code: 'canceled' },
        { ...attempt, number: 2, endpoint: 'b:1', cause: 'hedge', from: 40.2, to: 43.4, code: 'ok' },
      ],
      decisions: [
        { at: 40.1, policy: 'hedge', action: 'hedge', why: 'no answer within 40 ms', delay: 0 },
        { at: 43.4, policy: 'hedge', action: 'won', why: 'it was the first to answer', delay: 0 },
      ],
    }
    await page.route('**/api/calls/1', route => route.fulfill({ json: call }))
    await page.goto(`${shop.url}#/method/shop.Payments/Charge?side=called&call=1`)
    await page.locator('.lanes').waitFor()
    await page.getByRole('img', { name: 'hedge delay 40.0 ms: waiting, from 0.10 to 40.1 ms' }).waitFor()
    await page.getByText('sends an attempt beside it: no answer within 40 ms').waitFor()
    await page.getByText('takes the reply of the hedge: it was the first to answer').waitFor()
    t.deepEqual(await axeFindings(page), [])
  },
)
