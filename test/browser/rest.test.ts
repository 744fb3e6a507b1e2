import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import type { Page } from 'playwright-core'
import { serve } from '../../src/hosting/serve.js'
import { Library } from '../fixtures/library.js'
import { axeFindings, launch, type Visit, visit } from './rig.js'

const browser = await launch()
test.after.always(() => browser.close())

const run = promisify(execFile)

interface Opened extends Visit {
  readonly library: Library
}

/** Try it with a method of the library, by REST. */
async function open(
  t: ExecutionContext,
  method: string,
  { reflection = true, ...options }: Parameters<typeof visit>[2] & { readonly reflection?: boolean } = {},
): Promise<Opened> {
  const library = new Library()
  const server = await serve([library], {
    protocols: ['grpc', 'http'],
    console: true,
    reflection,
    report: () => {},
  })
  t.teardown(() => server.close())
  const visited = await visit(t, browser, options)
  await visited.page.goto(`${server.consoleUrl}#/try/library.Library/${method}?side=served`)
  await visited.page.getByLabel('Wire').selectOption('rest')
  return { ...visited, library }
}

async function fill(page: Page, message: unknown): Promise<void> {
  await page.locator('#json').fill(JSON.stringify(message))
  await page.getByText('read into the form').waitFor()
}

/** Sends, also if the page asks first. */
async function send(page: Page, sure?: string): Promise<void> {
  await page.locator('form[data-send] button[type=submit]').click()
  if (sure !== undefined) await page.getByRole('button', { name: sure, exact: true }).click()
  await page.locator('form[data-send] button[type=submit]:enabled').waitFor()
}

async function curl(page: Page): Promise<string> {
  const text = (await page.locator('#copytext').textContent()) ?? ''
  return (await run('/bin/sh', ['-c', text.replace(/^curl /, 'curl -sS ')])).stdout
}

/**
 * The copied program, run as a reader would. Its folder has a file by the name that the program has for one.
 * @param edit what the reader writes into the text
 */
async function program(
  t: ExecutionContext,
  page: Page,
  how = 'TypeScript',
  edit = (text: string) => text,
): Promise<{ out: string; file: string }> {
  await page.getByRole('group', { name: 'Copy as' }).getByRole('button', { name: how }).click()
  await page.getByRole('button', { name: how, pressed: true }).waitFor()
  const text = edit((await page.locator('#copytext').textContent()) ?? '')
  const folder = await mkdtemp(join(tmpdir(), 'polywire-copied-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const file = join(folder, 'FILE')
  await writeFile(file, 'a file')
  await writeFile(join(folder, 'copied.mjs'), text)
  if (how === 'TypeScript') return { out: (await run(process.execPath, ['copied.mjs'], { cwd: folder })).stdout, file }
  const cli = join(import.meta.dirname, '../../src/cli/main.js')
  const polywire = `polywire() { '${process.execPath}' --conditions=polywire-development '${cli}' "$@"; }`
  return { out: (await run('/bin/sh', ['-c', `${polywire}\n${text}`], { cwd: folder })).stdout, file }
}

test.serial('a copied call by a route gives the same answer, as a program and by polywire call', async t => {
  const { page } = await open(t, 'Put')
  await fill(page, { shelf: 'a b', dryRun: true, book: { title: "it's Emma" } })
  const sent = { id: '17', title: "it's Emma", tags: ['a b', 'true'] }
  t.like(JSON.parse((await program(t, page, 'polywire')).out), { id: '17', title: sent.title })
  const { out } = await program(t, page)
  t.deepEqual([out.slice(0, 4), JSON.parse(out.slice(4))], ['201 ', sent])
  await page.getByLabel('Route').selectOption('PATCH /v1/books/{book.id}')
  await page.getByText('// book.id is part of the path: set it').waitFor()
})

test.serial(
  'a copy for polywire call asks for the contract that a server without reflection does not tell',
  async t => {
    const { page } = await open(t, 'Put', { reflection: false })
    await fill(page, { shelf: 'a b', book: { title: 'Emma' } })
    const contract = join(import.meta.dirname, '../fixtures/library.js')
    const edit = (text: string) => text.replace('--contract FILE', `--contract '${contract}'`)
    t.like(JSON.parse((await program(t, page, 'polywire', edit)).out), { title: 'Emma' })
  },
)

test.serial('a copied stream by a route gives the same answers, as a program', async t => {
  const { page } = await open(t, 'Editions')
  await fill(page, { id: '5' })
  t.is((await program(t, page)).out.match(/"id":/g)?.length, 2)
})

test.serial('a copied upload and download are of a file, as programs', async t => {
  const { page, library } = await open(t, 'SetCover')
  await page.locator('#f-id').fill('5')
  await page.locator('#f-image').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('x') })
  await page.getByText('a.png, 1 bytes').waitFor()
  await program(t, page)
  t.is(Buffer.from(library.images.get(5n) ?? []).toString(), 'a file')
  library.images.set(5n, Buffer.from('another'))
  await page.goto(page.url().replace(/#.*/, '#/try/library.Library/Cover?side=served'))
  await page.getByText('library.BookKey', { exact: true }).first().waitFor()
  await page.getByLabel('Wire').selectOption('rest')
  await page.locator('#f-id').fill('5')
  t.is(await readFile((await program(t, page)).file, 'utf8'), 'another')
})

test.serial('a route is chosen, filled from the form, and answers with its status and headers', async t => {
  const { page, complaints } = await open(t, 'Put')
  const route = page.getByLabel('Route')
  t.deepEqual(await route.locator('option').allTextContents(), [
    'POST /v1/shelves/{shelf}/books',
    'PATCH /v1/books/{book.id}',
    'POST /v2/books/{book.author.name}',
  ])
  await fill(page, { shelf: 'a b', dryRun: true, book: { title: "it's Emma" } })
  await send(page, 'Send it')
  await page.getByText('201 Created, ').waitFor()
  await page.getByText('/v1/books/17', { exact: true }).waitFor()
  const sent = { id: '17', title: "it's Emma", tags: ['a b', 'true'] }
  t.deepEqual(JSON.parse((await page.getByRole('group', { name: 'Reply' }).textContent()) ?? ''), sent)
  t.regex((await page.locator('#copytext').textContent()) ?? '', /\/v1\/shelves\/a%20b\/books\?dryRun=true'$/)
  t.deepEqual(JSON.parse(await curl(page)), sent)
  t.deepEqual(await axeFindings(page), [])
  await route.selectOption('PATCH /v1/books/{book.id}')
  await page.getByText('# book.id is part of the path: set it').waitFor()
  await send(page, 'Send it')
  await page.getByText('book.id is part of the path: set it', { exact: false }).last().waitFor()
  t.deepEqual(complaints, [])
})

test.serial('an error is the problem of the response', async t => {
  const { page } = await open(t, 'Book')
  await fill(page, { id: '404' })
  await send(page)
  await page.getByText('404 Not Found, ').waitFor()
  const problem = JSON.parse((await page.getByRole('group', { name: 'Problem' }).textContent()) ?? '')
  t.like(problem, { status: 404, code: 'not_found', details: [{ '@type': 'library.Gone', id: '404' }] })
  await page.getByText('application/problem+json').waitFor()
  t.deepEqual(await axeFindings(page), [])
})

for (const accept of ['application/x-ndjson', 'text/event-stream']) {
  test.serial(`a stream of replies as ${accept}`, async t => {
    const { page } = await open(t, 'Editions')
    await page.getByLabel('Accept').selectOption(accept)
    await fill(page, { id: '5' })
    await send(page)
    const log = page.getByRole('log')
    await log.getByText('ended ok').waitFor()
    t.is(await log.getByText('← got').count(), 2)
    await page.getByText(accept, { exact: true }).last().waitFor()
    t.is((await curl(page)).includes('data: '), accept === 'text/event-stream')
  })
}

test.serial('a file goes up as it is, and comes down as a file', async t => {
  const { page, library, complaints } = await open(t, 'SetCover')
  const buffer = Buffer.from([0, 255, 10, 13])
  await page.locator('#f-id').fill('5')
  await page.locator('#f-image').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer })
  await page.getByText('a.png, 4 bytes').waitFor()
  await send(page, 'Send it')
  await page.getByText('"type": "image/png"').waitFor()
  t.deepEqual([...(library.images.get(5n) ?? [])], [...buffer])
  t.regex((await page.locator('#copytext').textContent()) ?? '', /-X PUT [\s\S]*--data-binary @FILE/)
  await page.goto(page.url().replace(/#.*/, '#/try/library.Library/Cover?side=served'))
  await page.getByText('library.BookKey', { exact: true }).first().waitFor()
  await page.getByLabel('Wire').selectOption('rest')
  await page.locator('#f-id').fill('5')
  await send(page)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Save the file' }).click(),
  ])
  t.deepEqual([...(await readFile(await download.path()))], [...buffer])
  t.deepEqual(await axeFindings(page), [])
  t.deepEqual(complaints, [])
})

test.serial('a link keeps the route; at 360 px nothing is wider than the window', async t => {
  const { page } = await open(t, 'Put', {
    viewport: { width: 360, height: 740 },
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  await page.getByLabel('Route').selectOption('POST /v2/books/{book.author.name}')
  await fill(page, { shelf: 's', book: { author: { name: 'Jane' } } })
  await page.getByRole('button', { name: 'Copy the link' }).click()
  await page.getByText('Link copied').waitFor()
  const link = (await page.evaluate('navigator.clipboard.readText()')) as string
  await send(page, 'Send it')
  await page.getByText('200 OK, ').waitFor()
  t.true(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'))
  t.deepEqual(await axeFindings(page), [])
  const other = await visit(t, browser)
  await other.page.goto(link)
  await other.page.getByLabel('Route').waitFor()
  t.is(await other.page.getByLabel('Wire').inputValue(), 'rest')
  t.is(await other.page.getByLabel('Route').inputValue(), 'POST /v2/books/{book.author.name}')
  t.false(link.includes('wires'))
})
