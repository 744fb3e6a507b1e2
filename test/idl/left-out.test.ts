import test from 'ava'
import { partOf } from '../../src/idl/left-out.js'
import { Refusal } from '../../src/idl/refusal.js'

for (const [where, file, line] of [
  ['grpc://127.0.0.1:50051', 'grpc://127.0.0.1:50051', undefined],
  ['shop/old.proto:3:8', 'shop/old.proto', 3],
  ['old.thrift:12', 'old.thrift', 12],
  ['old.avdl', 'old.avdl', undefined],
  ['api.yaml:4:2', 'api.yaml', 4],
  ['api.json#/paths/~1items:5/get', 'api.json', undefined],
  ['api.json#/components/schemas/A:5', 'api.json', undefined],
  ['a#/old.thrift:12', 'a#/old.thrift', 12],
] as const)
  test(`a refusal at ${where} is in ${file}${line === undefined ? '' : `, in line ${line}`}`, t => {
    const part = partOf(new Refusal(where, 'group A', 'classes have none'))
    t.deepEqual([part.file, part.line], [file, line])
    t.is(part.text, `${where}: group A: classes have none`)
  })
