import { networkInterfaces } from 'node:os'
import test from 'ava'
import { RpcError } from '../../src/core/rpc-error.js'
import { serve } from '../../src/hosting/serve.js'
import { Orders } from './contract.js'
import { http, withConsole } from './rig.js'

const token = '0123456789abcdef'

test('this machine reads pages and data, under a strict policy and without a cookie', async t => {
  const { consoleUrl = '' } = await withConsole(t)
  const page = await http(consoleUrl)
  t.is(page.status, 200)
  t.is(page.headers['content-type'], 'text/html; charset=utf-8')
  t.regex(String(page.headers['content-security-policy']), /^default-src 'none'; script-src 'self'; style-src 'self'/)
  t.is(page.headers['set-cookie'], undefined)
  t.is((await http(`${consoleUrl}console.js`)).status, 200)
  t.is((await http(`${consoleUrl}nothing`)).status, 404)
  t.is((await http(`${consoleUrl}api/overview`)).status, 200)
  t.is((await http(`${consoleUrl}api/nothing`)).status, 404)
  t.is((await http(`${consoleUrl}api/overview`, { method: 'POST', body: {} })).status, 405)
})

test('all files together are far below 100 kB, compressed', async t => {
  const { consoleUrl = '' } = await withConsole(t)
  let bytes = 0
  for (const name of ['', 'console.js', 'console.css']) {
    const { headers } = await http(consoleUrl + name, { headers: { 'accept-encoding': 'gzip' } })
    t.is(headers['content-encoding'], 'gzip')
    bytes += Number(headers['content-length'])
  }
  t.true(bytes < 60_000, `${bytes} bytes`)
})

test('a page that has not changed is not sent again', async t => {
  const { consoleUrl = '' } = await withConsole(t)
  const { headers } = await http(consoleUrl)
  const again = await http(consoleUrl, { headers: { 'if-none-match': String(headers.etag) } })
  t.is(again.status, 304)
  t.is(again.text, '')
})

test('a foreign Host is refused, whatever it asks for', async t => {
  const { consoleUrl = '' } = await withConsole(t)
  for (const path of ['', 'api/overview', 'api/call']) {
    const { status, text } = await http(consoleUrl + path, { headers: { host: 'evil.example' } })
    t.is(status, 403, path)
    t.regex(text, /evil\.example/)
  }
  t.is((await http(`${consoleUrl}api/overview`, { headers: { host: 'localhost:1234' } })).status, 200)
  t.is((await http(`${consoleUrl}api/overview`, { headers: { host: '[::1]:1234' } })).status, 200)
})

test('a page of another origin is refused', async t => {
  const { consoleUrl = '' } = await withConsole(t)
  const api = `${consoleUrl}api/overview`
  t.is((await http(api, { headers: { origin: 'https://evil.example' } })).status, 403)
  t.is((await http(api, { headers: { origin: 'null' } })).status, 403)
  t.is((await http(api, { headers: { 'sec-fetch-site': 'cross-site' } })).status, 403)
  t.is((await http(api, { headers: { 'sec-fetch-site': 'same-site' } })).status, 403)
  t.is((await http(api, { headers: { origin: new URL(consoleUrl).origin } })).status, 200)
  // A proxy may have rewritten Host; the browser's own word counts.
  t.is((await http(api, { headers: { 'sec-fetch-site': 'same-origin', origin: 'https://ops.example' } })).status, 200)
})

test('a call needs a type that a foreign page cannot send unasked', async t => {
  const { consoleUrl = '' } = await withConsole(t)
  const body = { method: 'shop.Orders/Quote' }
  const { status } = await http(`${consoleUrl}api/call`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body,
  })
  t.is(status, 415)
})

test('what a proxy forwards does not come from this machine', async t => {
  const { consoleUrl = '' } = await withConsole(t)
  const { status, text } = await http(`${consoleUrl}api/overview`, { headers: { 'x-forwarded-for': '127.0.0.1' } })
  t.is(status, 403)
  t.regex(text, /console: \{ token \}/)
})

const outside = Object.values(networkInterfaces())
  .flat()
  .find(one => one !== undefined && !one.internal && one.family === 'IPv4')?.address

const ifOutside = outside === undefined ? test.skip : test

ifOutside('another machine is refused, unless there is a token', async t => {
  const closed = await withConsole(t, { host: '0.0.0.0' })
  t.is((await http(`http://${outside}:${closed.port}/_polywire/`)).status, 403)
  const open = await withConsole(t, { host: '0.0.0.0', console: { token } })
  const url = `http://${outside}:${open.port}/_polywire/`
  t.is((await http(url)).status, 200, 'the page has to load to ask for the token')
  t.is((await http(`${url}api/overview`)).status, 401)
  t.is((await http(`${url}api/overview`, { headers: { authorization: `Bearer ${token}` } })).status, 200)
})

test('with a token, data needs it from this machine too', async t => {
  const { consoleUrl = '' } = await withConsole(t, { console: { token } })
  const api = `${consoleUrl}api/overview`
  const refused = await http(api)
  t.is(refused.status, 401)
  t.is(refused.headers['www-authenticate'], 'Bearer')
  t.is((await http(api, { headers: { authorization: 'Bearer 0123456789abcdeg' } })).status, 401)
  t.is((await http(api, { headers: { authorization: `Bearer ${token}` } })).status, 200)
  t.is((await http(`${consoleUrl}api/call`, { method: 'POST', body: {} })).status, 401)
})

test('a rule decides by the request, and one that throws lets nobody in and is reported', async t => {
  const reported: unknown[] = []
  const { consoleUrl = '' } = await withConsole(t, {
    report: error => reported.push(error),
    console: {
      authorize: ({ headers }) => {
        if (headers['x-role'] === 'broken') throw new Error('no database')
        return headers['x-role'] === 'admin'
      },
    },
  })
  t.is((await http(consoleUrl)).status, 403)
  t.is((await http(`${consoleUrl}api/overview`, { headers: { 'x-role': 'admin' } })).status, 200)
  t.is((await http(`${consoleUrl}api/overview`, { headers: { 'x-role': 'broken' } })).status, 500)
  t.true(reported.some(error => error instanceof Error && error.message === 'no database'))
})

test('names in console.hosts are its own', async t => {
  const { consoleUrl = '' } = await withConsole(t, { console: { hosts: ['Orders.internal'] } })
  t.is((await http(`${consoleUrl}api/overview`, { headers: { host: 'orders.internal:8080' } })).status, 200)
  t.is((await http(`${consoleUrl}api/overview`, { headers: { host: 'x.orders.internal' } })).status, 403)
})

test('a port of its own serves the console alone, and the server does not', async t => {
  const server = await withConsole(t, { console: { port: 0, path: '/' } })
  const { consoleUrl = '' } = server
  t.not(new URL(consoleUrl).port, String(server.port))
  t.is((await http(consoleUrl)).status, 200)
  t.is((await http(`http://${server.address}/_polywire/`)).status, 404)
  await server.close()
  await t.throwsAsync(http(consoleUrl), { code: 'ECONNREFUSED' })
})

test('another path, and the way to it without its slash, which stays relative for proxies', async t => {
  const server = await withConsole(t, { console: { path: '/ops/console/' } })
  t.is((await http(`http://${server.address}/ops/console/`)).status, 200)
  const { status, headers } = await http(`http://${server.address}/ops/console`)
  t.is(status, 308)
  t.is(headers.location, 'console/')
  t.is((await http(`http://${server.address}/_polywire/`)).status, 404)
})

test('without the option there is no console, and RPC goes on beside one', async t => {
  const without = await withConsole(t, { console: false })
  t.is(without.consoleUrl, undefined)
  t.is((await http(`http://${without.address}/_polywire/`)).status, 404)
  const beside = await withConsole(t)
  const reply = await http(`http://${beside.address}/shop.Orders/Divide`, {
    method: 'POST',
    body: { dividend: 6, divisor: 3 },
  })
  t.deepEqual(JSON.parse(reply.text), { value: 2 })
})

test('options that cannot be are refused before the server listens', async t => {
  const refused = async (console: object, options: object = {}) =>
    t.throwsAsync(() => serve([Orders], { protocols: ['http'], console, ...options }), { instanceOf: RpcError })
  t.regex((await refused({ path: 'console' })).message, /slash/)
  t.regex((await refused({ path: '/' })).message, /port of its own/)
  t.regex((await refused({ token: 'short' })).message, /16 characters/)
  t.regex((await refused({ host: '0.0.0.0' })).message, /console\.port/)
  t.regex((await refused({}, { workers: 2 })).message, /workers/)
})

test('paths that are no URL harm nothing', async t => {
  const server = await withConsole(t)
  t.is((await http(`${server.consoleUrl}api/method/%E0%A4%A`)).status, 400)
  t.is((await http(`${server.consoleUrl}..%2f..%2fpackage.json`)).status, 404)
  t.is((await http(`http://${server.address}//`)).status, 404)
})

test('with workers it is refused, which says what to do', async t => {
  const error = await t.throwsAsync(serve([Orders], { console: true, workers: 2 }), { instanceOf: RpcError })
  t.is(error?.reason, 'misplaced_option')
  t.regex(error?.message ?? '', /^console: .*leave out workers in a process that you look at.*metrics: true/)
})
