import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import test from 'ava'
import { build } from 'esbuild'
import { chromium } from 'playwright-core'
import { serve } from '../../src/index.js'
import { PageService } from './runtimes/page-contract.js'

/** Debian's package `chromium`. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

interface PageGlobals {
  calls(url: string): Promise<string[]>
  refused(url: string): Promise<string>
}

test('Chromium calls a service of another origin by polywire/web, and one that refuses its origin', async t => {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, 'runtimes/page-client.js')],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    write: false,
    logLevel: 'error',
  })
  const script = outputFiles[0]?.text ?? ''
  const site = createServer((_, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8')
    response.end(`<!doctype html><script>${script.replaceAll('</script', '<\\/script')}</script>`)
  })
  await new Promise<void>(resolve => site.listen(0, '127.0.0.1', resolve))
  t.teardown(() => site.close())
  const origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
  const options = { host: '127.0.0.1', report: () => {} }
  const open = await serve([PageService], { ...options, cors: { origins: [origin] } })
  const closed = await serve([PageService], options)
  t.teardown(() => Promise.all([open.close(), closed.close()]))
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  t.teardown(() => browser.close())
  const page = await browser.newPage()
  await page.goto(origin)
  const lines = await page.evaluate(url => (globalThis as unknown as PageGlobals).calls(url), `http://${open.address}`)
  const expected = [
    `Grüße 👩‍🚀 ${2n ** 62n + 1n}`,
    ...'abc',
    'Refused closed',
    'aborted',
    'deadline_exceeded',
    'canceled',
  ]
  t.deepEqual(lines, [...expected, ...expected])
  const answer = await page.evaluate(
    url => (globalThis as unknown as PageGlobals).refused(url),
    `http://${closed.address}`,
  )
  t.is(answer, 'unavailable')
})
