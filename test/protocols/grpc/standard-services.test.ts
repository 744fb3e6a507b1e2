import { fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt'
import * as grpcJs from '@grpc/grpc-js'
import test from 'ava'
import { serve } from '../../../src/index.js'
import { HelloService } from '../../fixtures/hello.js'
import { definitionOf, grpcJsClient } from './peers.js'

const health = definitionOf(
  `syntax = "proto3";
  package grpc.health.v1;
  message HealthCheckRequest { string service = 1; }
  message HealthCheckResponse {
    enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
    ServingStatus status = 1;
  }
  service Health {
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
    const server = await serve([HelloService])
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
    const missing = await ask<{ error_response: { error_code: number } }>({ file_containing_symbol: 'no.Such' })
    t.is(missing.error_response.error_code, 5)
    client.close()
    await server.close()
  })
}

test('the standard services can be left out', async t => {
  const server = await serve([HelloService], { standardServices: false })
  const client = grpcJsClient(health, server.address)
  const error = (await t.throwsAsync(client.unary('Check', {}))) as grpcJs.ServiceError
  t.is(error.code, grpcJs.status.UNIMPLEMENTED)
  client.close()
  await server.close()
})
