import test from 'ava'
import { Code } from '../../src/core/code.js'
import {
  callback,
  choice,
  codes,
  failureCodes,
  finiteTime,
  integer,
  number,
  type OptionReader,
  optional,
  positiveTime,
  readOptions,
  time,
} from '../../src/core/options.js'
import { RpcError } from '../../src/core/rpc-error.js'

test('options are read with their defaults, and times as milliseconds', t => {
  const readers = { attempts: integer({ from: 2 }, 3), delay: time('20ms'), limit: optional(number({ above: 0 })) }
  t.deepEqual(readOptions('demo', {}, readers), { attempts: 3, delay: 20, limit: undefined })
  t.deepEqual(readOptions('demo', { attempts: 2, delay: 5, limit: 0.5 }, readers), {
    attempts: 2,
    delay: 5,
    limit: 0.5,
  })
})

test('an option that does not exist is refused with the names of those that do', t => {
  const error = t.throws(
    () => readOptions('demo', { open: '5s' }, { openFor: time(1), halfOpenCalls: integer({}, 3) }),
    {
      instanceOf: RpcError,
      message: 'demo has no option "open"; it has openFor, halfOpenCalls',
    },
  ) as RpcError
  t.is(error.reason, 'invalid_policy')
  t.throws(() => readOptions('demo', 5 as never, {}), { message: 'demo must be an object of options, got 5' })
})

const refusals: [OptionReader, unknown, string][] = [
  [integer({ from: 2, to: 10 }), 1, 'it must be an integer from 2 to 10, got 1'],
  [integer({ from: 1 }), undefined, 'it must be an integer of at least 1, got undefined'],
  [integer({ from: 1 }), 1.5, 'it must be an integer of at least 1, got 1.5'],
  [number({ above: 0, to: 1 }), 2, 'it must be a number above 0 and up to 1, got 2'],
  [number({ above: 0, below: 100 }), 100, 'it must be a number above 0 and below 100, got 100'],
  [number({ above: 0 }), Number.POSITIVE_INFINITY, 'it must be a number above 0, got Infinity'],
  [number({ from: 0 }), '85', "it must be a number of at least 0, got '85'"],
  [positiveTime(), 0, 'it must be above 0, got 0 ms'],
  [finiteTime(), Number.POSITIVE_INFINITY, 'it must end, got Infinity ms'],
  [choice(['a', 'b'], 'a'), 'c', "it must be one of 'a', 'b', got 'c'"],
  [callback('call => text'), 'user', "it must be a function, call => text, got 'user'"],
  [codes(['unavailable']), ['ok'], "it must be names of failures such as 'unavailable', got 'ok'"],
  [codes(['unavailable']), [14], "it must be names of failures such as 'unavailable', got 14"],
  [codes(['unavailable']), 'unavailable', "it must be a list of codes such as ['unavailable'], got 'unavailable'"],
  [integer({}), { toString: 5 }, 'it must be an integer, got { toString: 5 }'],
]

for (const [reader, value, message] of refusals) {
  test(`refused: ${message}`, t => {
    const error = t.throws(() => reader(value, 'it'), { instanceOf: RpcError, message }) as RpcError
    t.is(error.code, Code.failed_precondition)
  })
}

test('codes of failures are found by name', t => {
  t.deepEqual([...failureCodes(['unavailable', 'internal'], 'it')], [Code.unavailable, Code.internal])
  t.deepEqual([...codes(['aborted'])(undefined, 'it')], [Code.aborted])
})
