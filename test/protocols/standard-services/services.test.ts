import { create, createFileRegistry, fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import * as grpcJs from '@grpc/grpc-js'
import test from 'ava'
import Koa from 'koa'
import {
  HealthCheckRequest,
  HealthCheckResponseServingStatus as ServingStatus,
} from '../../../src/contracts/grpc/health/v1/health.js'
import type { ServerReflectionRequest } from '../../../src/contracts/grpc/reflection/v1/reflection.js'
import {
  Arg,
  authorize,
  cached,
  connect,
  disconnect,
  Method,
  Safe,
  Service,
  serve,
  string,
  use,
} from '../../../src/index.js'
import { Health } from '../../../src/protocols/standard-services/health.js'
import { Reflection } from '../../../src/protocols/standard-services/reflection.js'
import { HelloService } from '../../fixtures/hello.js'
import { definitionOf, grpcJsClient } from '../grpc/peers.js'

const health = definitionOf(
  `syntax = "proto3";
  package grpc.health.v1;
  message HealthCheckRequest { string service = 1; }
  message HealthCheckResponse {
    enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
    ServingStatus status = 1;
  }
  message HealthListRequest {}
  message HealthListResponse { map<string, HealthCheckResponse> statuses = 1; }
  service Health {
    rpc List(HealthListRequest) returns (HealthListResponse);
    rpc Check(HealthCheckRequest) returns (HealthCheckResponse);
    rpc Watch(HealthCheckRequest) returns (stream HealthCheckResponse);
  }`,
  'grpc.health.v1.Health',
)

const reflection = (version: string) =>
  definitionOf(
    `syntax = "proto3";
    package grpc.reflection.${version};
    message ServerReflectionRequest {
      string host = 1;
      oneof message_request {
        string file_by_filename = 3;
        string file_containing_symbol = 4;
        ExtensionRequest file_containing_extension = 5;
        string all_extension_numbers_of_type = 6;
        string list_services = 7;
      }
    }
    message ExtensionRequest { string containing_type = 1; int32 extension_number = 2; }
    message ServerReflectionResponse {
      string valid_host = 1;
      ServerReflectionRequest original_request = 2;
      oneof message_response {
        FileDescriptorResponse file_descriptor_response = 4;
        ExtensionNumberResponse all_extension_numbers_response = 5;
        ListServiceResponse list_services_response = 6;
        ErrorResponse error_response = 7;
      }
    }
    message FileDescriptorResponse { repeated bytes file_descriptor_proto = 1; }
    message ExtensionNumberResponse { string base_type_name = 1; repeated int32 extension_number = 2; }
    message ListServiceResponse { repeated ServiceResponse service = 1; }
    message ServiceResponse { string name = 1; }
    message ErrorResponse { int32 error_code = 1; string error_message = 2; }
    service ServerReflection { rpc ServerReflectionInfo(stream ServerReflectionRequest) returns (stream ServerReflectionResponse); }`,
    `grpc.reflection.${version}.ServerReflection`,
  )

test('health: the server and each of its services are serving, others are not known', async t => {
  const server = await serve([HelloService])
  const client = grpcJsClient(health, server.address)
  t.deepEqual(await client.unary('Check', {}), { status: 1 })
  t.deepEqual(await client.unary('Check', { service: 'hello.Hello' }), { status: 1 })
  t.deepEqual(await client.unary('List', {}), { statuses: { '': { status: 1 }, 'hello.Hello': { status: 1 } } })
  const error = (await t.throwsAsync(client.unary('Check', { service: 'no.Such' }))) as grpcJs.ServiceError
  t.is(error.code, grpcJs.status.NOT_FOUND)
  client.close()
  await server.close()
})

test('health: whoever watches is told that the server drains, and does not keep it from closing', async t => {
  const server = await serve([HelloService])
  const client = grpcJsClient(health, server.address)
  const seen: unknown[] = []
  const watch = client.serverStream('Watch', { service: 'hello.Hello' })
  const ended = new Promise<grpcJs.ServiceError>(resolve => watch.on('error', resolve))
  const first = new Promise<void>(resolve => {
    watch.on('data', ({ status }) => {
      seen.push(status)
      resolve()
    })
  })
  await first
  await server.close()
  t.is((await ended).code, grpcJs.status.UNAVAILABLE)
  t.deepEqual(seen, [1, 2])
  client.close()
})

for (const version of ['v1', 'v1alpha']) {
  test(`reflection ${version}: services, symbols and files, as another implementation reads them`, async t => {
    const reports: unknown[] = []
    const server = await serve([HelloService], {
      protocols: ['grpc'],
      reflection: true,
      report: said => reports.push(said),
    })
    t.is(reports.length, 1)
    t.regex(String(reports[0]), /^grpc: reflection is on/)
    const client = grpcJsClient(reflection(version), server.address)
    const ask = async <T>(request: Record<string, unknown>): Promise<T> => {
      const stream = client.bidi('ServerReflectionInfo')
      stream.write(request)
      stream.end()
      for await (const reply of stream) return reply as T
      throw new Error('no answer')
    }
    const listed = await ask<{ list_services_response: { service: { name: string }[] } }>({ list_services: '' })
    t.deepEqual(
      listed.list_services_response.service.map(one => one.name),
      [
        'hello.Hello',
        'grpc.health.v1.Health',
        'grpc.reflection.v1.ServerReflection',
        'grpc.reflection.v1alpha.ServerReflection',
      ],
    )
    type Files = { file_descriptor_response: { file_descriptor_proto: Uint8Array[] } }
    for (const request of [
      { file_containing_symbol: 'hello.Hello' },
      { file_containing_symbol: 'hello.Hello.SayHello' },
      { file_containing_symbol: 'hello.HelloRequest' },
      { file_containing_symbol: 'hello.DivisionByZero' },
      { file_by_filename: 'hello.proto' },
    ]) {
      const { file_descriptor_response: found } = await ask<Files>(request)
      const file = fromBinary(FileDescriptorProtoSchema, found.file_descriptor_proto[0] as Uint8Array)
      t.is(file.name, 'hello.proto')
      const sayHello = file.service[0]?.method.find(method => method.name === 'SayHello')
      t.is(sayHello?.inputType, '.hello.HelloRequest')
      const message = file.messageType.find(one => one.name === 'HelloRequest')
      t.deepEqual(
        message?.field.map(field => [field.name, field.number]),
        [
          ['name', 1],
          ['times', 2],
          ['tags', 3],
          ['counts', 4],
          ['parent', 5],
        ],
      )
    }
    for (const { name } of listed.list_services_response.service) {
      const { file_descriptor_response: found } = await ask<Files>({ file_containing_symbol: name })
      const file = found.file_descriptor_proto.map(one => fromBinary(FileDescriptorProtoSchema, one))
      // Refuses types that are not found, and a package and a message of one name.
      t.truthy(createFileRegistry(create(FileDescriptorSetSchema, { file: file.toReversed() })).getService(name))
      t.is(new Set(file.map(one => one.package)).size, file.length)
      const packages = new Set(file.map(one => one.package))
      for (const one of file) for (const { name } of one.messageType) t.false(packages.has(`${one.package}.${name}`))
    }
    const missing = await ask<{ error_response: { error_code: number } }>({ file_containing_symbol: 'no.Such' })
    t.is(missing.error_response.error_code, 5)
    client.close()
    await server.close()
  })
}

for (const [scheme, codec] of ['http', 'http2'].flatMap(scheme => ['json', 'proto'].map(codec => [scheme, codec]))) {
  test(`Connect: everything that reflection lists can be described: ${scheme}, ${codec}`, async t => {
    const reports: unknown[] = []
    const server = await serve([HelloService], {
      protocols: ['http', 'grpc'],
      reflection: true,
      report: said => reports.push(said),
    })
    t.teardown(() => server.close())
    t.regex(String(reports[0]), /^http: reflection is on/)
    const remote = connect(Reflection, `${scheme}://${server.address}?codec=${codec}`)
    t.teardown(() => disconnect(remote))
    const ask = async (messageRequest: ServerReflectionRequest['messageRequest']) => {
      async function* requests() {
        yield { host: '', messageRequest } as ServerReflectionRequest
      }
      for await (const { messageResponse } of remote.serverReflectionInfo(requests())) return messageResponse
      throw new Error('no answer')
    }
    const listed = await ask({ case: 'list_services', value: '' })
    const services = listed?.case === 'list_services_response' ? listed.value.service : []
    t.true(services.some(({ name }) => name === 'grpc.health.v1.Health'))
    for (const { name } of services)
      t.is((await ask({ case: 'file_containing_symbol', value: name }))?.case, 'file_descriptor_response', name)
  })
}

test('Connect: a health check needs no gRPC', async t => {
  const server = await serve([HelloService])
  t.teardown(() => server.close())
  const response = await fetch(`http://${server.address}/grpc.health.v1.Health/Check`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  t.deepEqual(await response.json(), { status: 'SERVING' })
})

test('Connect: health and reflection answer over HTTP/2 in an app of Koa too', async t => {
  const server = await serve([HelloService], { koa: new Koa(), reflection: true, report: () => {} })
  t.teardown(() => server.close())
  for (const scheme of ['http', 'http2']) {
    const remote = connect(Health, `${scheme}://${server.address}`)
    t.teardown(() => disconnect(remote))
    t.is((await remote.check(new HealthCheckRequest())).status, ServingStatus.SERVING)
  }
})

@Service('test.Lookup')
class Lookup {
  @Method(string)
  @Safe()
  async find(@Arg(1, 'name', string) name: string): Promise<string> {
    return name
  }
}

/** Lets in calls of the server's own service, and nobody who asks for its health. */
const guard = authorize(call => call.method.serviceName === 'test.Lookup' || 'permission_denied')

test('the standard services can be left out', async t => {
  const server = await serve([HelloService], { standardServices: false })
  const client = grpcJsClient(health, server.address)
  const error = (await t.throwsAsync(client.unary('Check', {}))) as grpcJs.ServiceError
  t.is(error.code, grpcJs.status.UNIMPLEMENTED)
  client.close()
  await server.close()
})

const list = async (client: ReturnType<typeof grpcJsClient>, metadata?: grpcJs.Metadata) => {
  const stream = client.bidi('ServerReflectionInfo', metadata)
  stream.write({ list_services: '' })
  stream.end()
  for await (const reply of stream)
    return (reply as { list_services_response: { service: { name: string }[] } }).list_services_response.service
  throw new Error('no answer')
}

test.serial('reflection is off unless it is asked for, or in development', async t => {
  const { NODE_ENV } = process.env
  const cases: readonly [string | undefined, { reflection?: boolean }, boolean][] = [
    ['test', {}, false],
    ['production', {}, false],
    [undefined, {}, false],
    ['development', {}, true],
    ['development', { reflection: false }, false],
    ['production', { reflection: true }, true],
  ]
  for (const [env, options, isOn] of cases) {
    if (env === undefined) delete process.env.NODE_ENV
    else process.env.NODE_ENV = env
    const reports: unknown[] = []
    const server = await serve([HelloService], { protocols: ['grpc'], ...options, report: said => reports.push(said) })
    process.env.NODE_ENV = NODE_ENV
    const client = grpcJsClient(reflection('v1'), server.address)
    if (isOn) t.is((await list(client))[0]?.name, 'hello.Hello')
    else t.is(((await t.throwsAsync(list(client))) as grpcJs.ServiceError).code, grpcJs.status.UNIMPLEMENTED)
    t.is(reports.length, isOn ? 1 : 0)
    client.close()
    await server.close()
  }
})

const knowsToken = authorize(call => (call.headers.get('authorization') === 'secret' ? true : 'unauthenticated'))

test('the policies of serve guard health and reflection, and health can be exempted', async t => {
  const asked: string[] = []
  const seen = use(
    next => call => {
      asked.push(call.method.path)
      return next(call)
    },
    { name: 'seen', stage: 'handler' },
  )
  const policies = [knowsToken, seen, cached({ ttl: '1m' })]
  const secret = new grpcJs.Metadata()
  secret.set('authorization', 'secret')
  for (const isExempt of [false, true]) {
    const options = isExempt ? { health: { authorize: false } as const } : {}
    const server = await serve([Lookup], { policies, reflection: true, report: () => {}, ...options })
    const checks = grpcJsClient(health, server.address)
    const reflects = grpcJsClient(reflection('v1'), server.address)
    const refused = async (promise: Promise<unknown>) =>
      t.is(((await t.throwsAsync(promise)) as grpcJs.ServiceError).code, grpcJs.status.UNAUTHENTICATED)
    await refused(list(reflects))
    const watching = async () => {
      for await (const status of checks.serverStream('Watch', {})) return status
      return undefined
    }
    if (isExempt) {
      t.deepEqual(await checks.unary('Check', {}), { status: 1 })
      t.deepEqual(await watching(), { status: 1 })
      t.true(asked.includes('/grpc.health.v1.Health/Check'), 'only authorize is left out')
    } else {
      await refused(checks.unary('Check', {}))
      await refused(watching())
      t.deepEqual(asked, [])
    }
    t.deepEqual(await checks.unary('Check', {}, { metadata: secret }), { status: 1 })
    t.is((await list(reflects, secret))[0]?.name, 'test.Lookup')
    checks.close()
    reflects.close()
    await server.close()
  }
})

test('a client that watches health keeps a server that does not let it ask', async t => {
  const server = await serve([Lookup], { policies: [guard], report: () => {} })
  const lookup = connect(Lookup, `grpc://${server.address}`, { health: true })
  for (let i = 0; i < 20; i++) t.is(await lookup.find('x'), 'x')
  await disconnect(lookup)
  await server.close()
})

test('health and reflection can be left out one by one', async t => {
  const server = await serve([HelloService], { health: false, reflection: true, report: () => {} })
  const client = grpcJsClient(health, server.address)
  const reflects = grpcJsClient(reflection('v1'), server.address)
  t.is(((await t.throwsAsync(client.unary('Check', {}))) as grpcJs.ServiceError).code, grpcJs.status.UNIMPLEMENTED)
  t.deepEqual(
    (await list(reflects)).map(({ name }) => name),
    ['hello.Hello', 'grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection'],
  )
  client.close()
  reflects.close()
  await server.close()
})
