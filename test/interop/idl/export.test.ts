import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt'
import { Validator } from '@seriousme/openapi-schema-validator'
import test from 'ava'
import avro from 'avsc'
import { avdl, avpr } from '../../../src/idl/avro/write.js'
import type { Contract } from '../../../src/idl/format.js'
import { contractOf } from '../../../src/idl/module-contract.js'
import { openapi } from '../../../src/idl/openapi/write.js'
import { proto } from '../../../src/idl/proto/write.js'
import { thrift } from '../../../src/idl/thrift/write.js'
import { protocolOf } from '../../../src/protocols/avro/protocol-schema.js'
import { describe } from '../../../src/protocols/standard-services/descriptors.js'
import * as hello from '../../fixtures/hello.js'
import * as library from '../../fixtures/library.js'
import * as shop from '../../fixtures/shop.js'
import { folder, runs } from './programs.js'

const buf = join(dirname(createRequire(import.meta.url).resolve('@bufbuild/buf/package.json')), 'bin/buf')
const shopContract = contractOf(shop)

/** Not every installation of protoc has them. */
const wellKnown = ['Timestamp', 'Duration'].map(name => ({
  path: `google/protobuf/${name.toLowerCase()}.proto`,
  text: `syntax = "proto3"; package google.protobuf; message ${name} { int64 seconds = 1; int32 nanos = 2; }`,
}))

/** Without the streams, which some formats do not have. */
function unary({ services, messages }: Contract): Contract {
  return {
    messages,
    services: services.map(one => ({ ...one, methods: one.methods.filter(method => method.kind === 'unary') })),
  }
}

test('protoc accepts the .proto, and its descriptors are those of reflection', async t => {
  for (const contract of [shopContract, contractOf(hello)]) {
    const files = proto.write(contract)
    const cwd = await folder(t, [...files, ...wellKnown])
    await runs('protoc', ['-I.', '--descriptor_set_out=set.binpb', ...files.map(({ path }) => path)], cwd)
    const { file } = fromBinary(FileDescriptorSetSchema, await readFile(join(cwd, 'set.binpb')))
    const ours = describe(contract.services, contract.messages).filter(one => one.package !== 'google.protobuf')
    t.is(file.length, ours.length)
    for (const [at, one] of ours.entries()) {
      const theirs = file[at]
      t.deepEqual(
        theirs?.messageType.map(message =>
          message.field.map(({ name, number, type, jsonName }) => ({ name, number, type, jsonName })),
        ),
        one.messageType.map(message =>
          message.field.map(({ name, number, type, jsonName }) => ({
            name,
            number,
            type: type as number,
            jsonName: jsonName ?? '',
          })),
        ),
      )
      t.deepEqual(
        theirs?.service.map(service =>
          service.method.map(({ name, inputType, outputType }) => ({ name, inputType, outputType })),
        ),
        one.service.map(service =>
          service.method.map(({ name, inputType, outputType }) => ({ name, inputType, outputType })),
        ),
      )
    }
  }
})

test('buf builds and lints the .proto', async t => {
  const cwd = await folder(t, proto.write(shopContract))
  t.is(await runs(process.execPath, [buf, 'lint', '--config', '{"version":"v2","lint":{"use":["STANDARD"]}}'], cwd), '')
  const other = await folder(t, proto.write(contractOf(hello)))
  t.is(
    await runs(process.execPath, [buf, 'lint', '--config', '{"version":"v2","lint":{"use":["MINIMAL"]}}'], other),
    '',
  )
})

test('the Thrift compiler accepts the .thrift', async t => {
  for (const contract of [shopContract, unary(contractOf(hello))]) {
    const files = thrift.write(contract)
    const cwd = await folder(t, files)
    for (const { path } of files) await runs('thrift', ['-strict', '-r', '--gen', 'py', path], cwd)
  }
  t.pass()
})

test('avsc reads from .avpr and .avdl the protocol that handshakes compare', async t => {
  for (const contract of [shopContract, unary(contractOf(hello))]) {
    const [service] = contract.services
    if (service === undefined) throw new Error('the fixture has a service')
    const [json] = avpr.write(contract)
    const [idl] = avdl.write(contract)
    const expected = avro.Service.forProtocol(JSON.parse(protocolOf(service, service.methods).text))
    // Types that no method uses stand beside what handshakes compare.
    const { types: _, ...written } = avro.Service.forProtocol(JSON.parse(json?.text ?? '')).protocol as {
      types?: unknown
    }
    t.deepEqual(written, expected.protocol)
    const cwd = await folder(t)
    await writeFile(join(cwd, 'a.avdl'), idl?.text ?? '')
    const idlProtocol = await assembled(join(cwd, 'a.avdl'))
    const read = avro.Service.forProtocol(idlProtocol as never)
    for (const message of expected.messages) {
      const other = read.message(message.name)
      t.deepEqual(other.requestType.schema(), message.requestType.schema())
      t.deepEqual(other.responseType.schema(), message.responseType.schema())
      t.deepEqual(other.errorType.schema(), message.errorType.schema())
      t.is(other.oneWay, message.oneWay)
    }
  }
})

/** By avsc. Without the option it takes every void message without errors for one-way, which Avro's specification does not. */
function assembled(path: string): Promise<object> {
  return new Promise((resolve, reject) =>
    avro.assembleProtocol(path, { ackVoidMessages: true } as object, (error, found) =>
      found === undefined ? reject(error) : resolve(found),
    ),
  )
}

test('a validator of OpenAPI 3.1 accepts the document', async t => {
  for (const contract of [shopContract, unary(contractOf(hello)), contractOf(library)]) {
    const [file] = openapi.write(contract)
    const { valid, errors } = await new Validator().validate(JSON.parse(file?.text ?? ''))
    t.true(valid, JSON.stringify(errors))
  }
})
