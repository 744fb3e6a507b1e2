import test from 'ava'
import { FakeEtcd } from '../support/fake-etcd.js'
import { launch, shopFor, visit } from './rig.js'

const browser = await launch()
test.after.always(() => browser.close())

test.serial('the server says where it is registered', async t => {
  const etcd = await FakeEtcd.start()
  t.teardown(() => etcd[Symbol.asyncDispose]())
  const shop = await shopFor(t, { register: `etcd://${etcd.address}` })
  const { page } = await visit(t, browser)
  await page.goto(`${shop.url}#/server`)
  const row = page.getByRole('row', { name: `in etcd://${etcd.address}` })
  await row.waitFor()
  t.regex(await row.innerText(), /registered as 127\.0\.0\.1:\d+, lease 10 s/)
})

test.serial('a check that has not run yet does not count as one that passes', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.route('**/api/server', async route => {
    const reply = await route.fetch()
    await route.fulfill({
      response: reply,
      json: { ...(await reply.json()), checks: [{ name: 'bank', passes: null }] },
    })
  })
  await page.goto(`${shop.url}#/server`)
  await page.getByText('1 of 1 not checked yet').waitFor()
  t.is(await page.getByText('every check passes').count(), 0)
})
