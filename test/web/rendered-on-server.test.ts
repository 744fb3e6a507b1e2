import test from 'ava'
import { Code, RpcError } from '../../src/index.js'
import { connect, Message, Method, Safe, Service } from '../../src/web/index.js'

@Message('rendered.Empty')
class Empty {}

@Service('rendered.Ping')
class Ping {
  @Method({ accepts: Empty, returns: Empty })
  @Safe()
  async ping(_: Empty): Promise<Empty> {
    return {}
  }
}

test('a server that renders a page can create its client, and only a call fails', async t => {
  const asked: string[] = []
  const refuse: typeof fetch = async url => {
    asked.push(String(url))
    throw new TypeError('fetch failed')
  }
  const ping = connect(Ping, '/api/', { fetch: refuse, get: false })
  const error = await t.throwsAsync(ping.ping({}), { instanceOf: RpcError })
  t.is(error?.code, Code.unavailable)
  t.deepEqual(asked, ['http://page.invalid/api/rendered.Ping/Ping'])
})

for (const url of [
  'api',
  'api.example.com',
  '',
  'localhost:8080',
  'ftp://api.example.com',
  '/api?x=1',
  '/api#x',
  '//',
  '//api.example.com',
  '/\\evil.example',
])
  test(`refuses ${JSON.stringify(url)}`, t => {
    const error = t.throws(() => connect(Ping, url), { instanceOf: RpcError })
    t.is(error?.reason, 'invalid_target')
  })
