import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { launch, shopFor, visit } from './rig.js'

const browser = await launch()
test.after.always(() => browser.close())

const build = fileURLToPath(new URL('../../', import.meta.url))
const node = `'${process.execPath}' --conditions=polywire-development`
const run = promisify(execFile)

/** What a copied text prints, run as a reader would. */
async function ran(t: ExecutionContext, how: string, text: string): Promise<string> {
  if (how !== 'TypeScript') {
    const script = `polywire() { ${node} '${join(build, 'src/cli/main.js')}' "$@"; }\n${text}`
    return (await run('/bin/sh', ['-c', script])).stdout
  }
  // Within the folder of the package, so that it finds the package by its name.
  const folder = await mkdtemp(join(build, 'copied-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const print =
    'console.log = one => process.stdout.write(JSON.stringify(one, (_, v) => typeof v === "bigint" ? String(v) : v))\n'
  const path = join(folder, 'copied.mjs')
  await writeFile(path, text.replace('./orders.js', '../test/browser/shop.js').replace(/\n\n/, `\n${print}\n`))
  return (await run(process.execPath, ['--conditions=polywire-development', path])).stdout
}

async function copyOf(page: Page, how: string): Promise<string> {
  const buttons = page.getByRole('group', { name: 'Copy as' })
  await buttons.getByRole('button', { name: how }).click()
  await buttons.getByRole('button', { name: how, pressed: true }).waitFor()
  return (await page.locator('#copytext').textContent()) ?? ''
}

const quote = {
  customer: 'it\'s "ü"',
  lines: [{ sku: 'lamp', pieces: 2 }],
  points: '9007199254740993',
  labels: { gift: 'yes' },
  speed: 'express',
  budgetCents: '9007199254740993',
  deliverBy: '2026-12-01T09:00:00Z',
  attachment: 'AP8=',
}
const quoted = { cents: '9007199254740993', lines: [{ sku: 'lamp', pieces: 2 }], note: `for ${quote.customer}` }

for (const how of ['curl', 'polywire', 'TypeScript']) {
  test.serial(`${how}: a copied call gives the same answer`, async t => {
    const shop = await shopFor(t)
    const { page } = await visit(t, browser)
    await page.goto(`${shop.url}#/try/shop.Orders/Quote?side=served`)
    await page.locator('#json').fill(JSON.stringify(quote))
    await page.getByText('read into the form').waitFor()
    t.deepEqual(JSON.parse(await ran(t, how, await copyOf(page, how))), quoted)
  })

  test.serial(`${how}: a copied stream gives the same answers`, async t => {
    const shop = await shopFor(t)
    const { page } = await visit(t, browser)
    await page.goto(`${shop.url}#/try/shop.Orders/Watch?side=served`)
    await page.locator('#json').fill('{ "sku": "lamp", "pieces": 2 }')
    await page.getByText('read into the form').waitFor()
    const printed = await ran(t, how, await copyOf(page, how))
    const replies = [...printed.matchAll(/"sku": ?"lamp", ?"pieces": ?(\d)/g)].map(([, pieces]) => pieces)
    // The console's own answer begins with what was sent.
    t.deepEqual(how === 'curl' ? replies.slice(1) : replies, ['1', '2'])
  })

  test.serial(`${how}: a copied stream of requests gives the same answer`, async t => {
    const shop = await shopFor(t)
    const { page } = await visit(t, browser)
    await page.goto(`${shop.url}#/try/shop.Orders/Track?side=served`)
    await page.locator('#json').fill('{ "sku": "lamp", "pieces": 2 }')
    await page.getByText('read into the form').waitFor()
    t.regex(await ran(t, how, await copyOf(page, how)), /"sku": ?"lamp!", ?"pieces": ?2/)
  })
}

test.serial('a sensitive value is not in a copy', async t => {
  const shop = await shopFor(t)
  const { page } = await visit(t, browser)
  await page.goto(`${shop.url}#/try/shop.Orders/Quote?side=served`)
  await page.locator('#json').fill('{ "card": { "token": "tok_1", "holder": "A" } }')
  await page.getByText('read into the form').waitFor()
  for (const how of ['curl', 'polywire', 'TypeScript']) {
    const text = await copyOf(page, how)
    t.false(text.includes('tok_1'), how)
    t.true(text.includes('$TOKEN'), how)
  }
})
