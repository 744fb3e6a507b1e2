import test from 'ava'
import { connect, RpcError, retry, type ServerTls, serve } from '../../src/index.js'
import { Hello, HelloService } from '../fixtures/hello.js'

/** What the compiler refuses, and JavaScript, the environment and JSON let through. */
const calls: readonly (readonly [string, () => unknown, string, RegExp])[] = [
  [
    'no class',
    () => connect(undefined as never, 'grpc://a'),
    'not_a_service',
    /connect: .* got undefined; is it exported/,
  ],
  [
    'an instance',
    () => connect(new HelloService() as never, 'grpc://a'),
    'not_a_service',
    /got HelloService \{.*class itself/,
  ],
  ['no target', () => connect(Hello, undefined as never), 'invalid_target', /must be a text such as .*, got undefined/],
  ['null', () => connect(Hello, null as never), 'invalid_target', /got null/],
  ['a number', () => connect(Hello, 8080 as never), 'invalid_target', /got 8080/],
  ['a URL', () => connect(Hello, new URL('http://a:1') as never), 'invalid_target', /must be a text such as/],
  ['no protocol', () => connect(Hello, {} as never), 'invalid_target', /has no protocol/],
  [
    'endpoints that are no list',
    () => connect(Hello, { protocol: 'grpc', endpoints: 'a:1' as never }),
    'invalid_target',
    /endpoints must be a list, got 'a:1'/,
  ],
  [
    'an endpoint without an address',
    () => connect(Hello, { protocol: 'grpc', endpoints: [{ host: 'a' } as never] }),
    'invalid_target',
    /\{ address: 'host:port' \}, got \{ host: 'a' \}/,
  ],
  [
    'null as an endpoint',
    () => connect(Hello, { protocol: 'grpc', endpoints: [null as never] }),
    'invalid_target',
    /got null/,
  ],
  [
    'the name of a codec',
    () => connect(Hello, 'http://a', { codecs: ['json' as never] }),
    'misplaced_option',
    /codecs\[0\] must be an object, got 'json'; it takes custom codecs/,
  ],
  [
    'a policy that was not called',
    () => connect(Hello, 'http://a', { policies: [retry as never] }),
    'misplaced_option',
    /policies\[0\] must be an object, got \[Function: retry\]/,
  ],
  [
    'no service',
    () => serve([undefined as never], { port: 0 }),
    'not_a_service',
    /serve: .* got undefined; is it exported/,
  ],
  ['a name', () => serve(['Hello' as never], { port: 0 }), 'not_a_service', /got 'Hello'/],
  [
    'a port as text',
    () => serve([HelloService], { port: '80' as never }),
    'invalid_listener',
    /got '80'; write Number/,
  ],
  [
    'a protocol that is no list',
    () => serve([HelloService], { port: 0, protocols: 'grpc' as never }),
    'misplaced_option',
    /serve: protocols must be a list, got 'grpc'/,
  ],
  [
    'a signal that is no list',
    () => serve([HelloService], { port: 0, shutdownOn: 'SIGTERM' as never }),
    'misplaced_option',
    /shutdownOn must be a list/,
  ],
  [
    'TLS without anything',
    () => serve([HelloService], { port: 0, tls: true as never }),
    'invalid_tls',
    /cert is undefined/,
  ],
  [
    'TLS without a key',
    () => serve([HelloService], { port: 0, tls: { cert: 'x' } as ServerTls }),
    'invalid_tls',
    /key is undefined; give the contents of PEM files/,
  ],
  [
    'an empty certificate',
    () => serve([HelloService], { port: 0, tls: { cert: '', key: 'x' } }),
    'invalid_tls',
    /cert is empty/,
  ],
]

for (const [what, call, reason, message] of calls)
  test(`${what} is refused, with what to write`, async t => {
    const error = await t.throwsAsync(async () => call(), { message })
    t.is(error instanceof RpcError ? error.reason : undefined, reason)
  })
