import test from 'ava'
import { contractOf } from '../../src/idl/module-contract.js'
import { thrift } from '../../src/idl/thrift/write.js'
import * as wide from '../fixtures/idl/generated/wide.js'

test('defaults that are the zero of their type are exported where the IDL tells them from none', t => {
  const text = thrift.write(contractOf(wide))[0]?.text ?? ''
  for (const line of [
    '  18: optional i32 zero = 0,',
    '  19: optional list<string> none = [],',
    '  13: optional string note,',
  ])
    t.true(text.includes(`${line}\n`), line)
  t.regex(text, /string buy\(.*, 6: list<i32> ids = \[\]\),/)
})
