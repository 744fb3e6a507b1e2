import test from 'ava'
import type { Contract, ExportFormat } from '../../src/idl/format.js'
import { exportFormats } from '../../src/idl/formats.js'
import { lockText } from '../../src/idl/lock/format.js'
import { lockOf } from '../../src/idl/lock/write.js'
import { contractOf } from '../../src/idl/module-contract.js'
import { Avros, Base, Part, Proto, Protos, Thrifts, thriftConstants } from './constructs.js'
import { imported } from './imported.js'

for (const [name, contract] of [
  ['proto', contractOf({ Protos, Proto, Part })],
  ['avpr', contractOf({ Avros })],
  ['avdl', contractOf({ Avros })],
  ['thrift', contractOf({ Thrifts, Base, thriftConstants })],
] as const)
  test(`what is exported as .${name} is imported as the same contract, construct by construct`, async t => {
    const format: ExportFormat = exportFormats[name]
    const again = await imported(t, format, contract)
    const [locked, lockedAgain] = [contract, again].map(one => lockText(lockOf(one)).split('\n'))
    // Avro has no numbers, and no word for safe methods.
    const plain = (lines: readonly string[] = []) =>
      name === 'proto' || name === 'thrift' ? lines : lines.map(line => line.replace(/"(?:\d+|-) /, '"- '))
    t.deepEqual(plain(lockedAgain), plain(locked))
    const lines = (one: Contract) => format.write(one).flatMap(({ text }) => text.split('\n'))
    t.deepEqual(lines(again).sort(), lines(contract).sort())
  })
