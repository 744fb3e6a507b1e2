import test from 'ava'
import { codeName } from '../../src/core/code.js'
import { RpcError } from '../../src/index.js'
import { failureRig } from '../protocols/rig.js'
import { expectedOf, type FailureRow, failureRows, failureWires, shown, wireName } from './failure-rows.js'
import type { Wire } from './wires.js'

for (const row of failureRows) {
  test(`${row.name}: the ${row.side} sees the same on every wire`, async t => {
    t.timeout(60_000)
    const found = await Promise.all(
      failureWires.map(async wire => [wireName(wire), await seen(row, wire, await failureRig(t, wire, row.settings))]),
    )
    t.deepEqual(
      Object.fromEntries(found),
      Object.fromEntries(failureWires.map(wire => [wireName(wire), expectedOf(row, wire)])),
    )
  })
}

async function seen(row: FailureRow, wire: Wire, rig: Parameters<FailureRow['run']>[0]): Promise<string> {
  if (row.except?.(wire)?.never && row.side === 'handler') return 'none'
  const settled = await row.run(rig)
  if (settled === undefined) return 'none'
  // A busy machine may have the channel try the endpoint twice.
  const error = settled.reason === 'all_endpoints_failed' ? settled.cause : settled
  if (!(error instanceof RpcError)) return String(error)
  const what = shown({ code: codeName(error.code), reason: row.hasAnyReason ? undefined : error.reason })
  const isSafe = row.isSafeToResend !== true || error.delivery !== 'unknown'
  const message = row.except?.(wire)?.message ?? row.message
  return isSafe && message.test(error.message) ? what : `${what}, ${error.delivery}: ${error.message}`
}
