import test, { type ExecutionContext } from 'ava'
import { codeName } from '../../src/core/code.js'
import { RpcError } from '../../src/index.js'
import { rig } from '../protocols/rig.js'
import { Failing, FailingService } from './failing.js'
import { expectedOf, type FailureRow, failureRows, shown } from './failure-rows.js'
import { plainWires, type Wire, wireName } from './wires.js'

for (const row of failureRows) {
  test(`${row.name}: the ${row.side} sees the same on every wire`, async t => {
    t.timeout(60_000)
    const found = await Promise.all(
      plainWires.map(async wire => [wireName(wire), await seen(row, wire, await rigOf(t, row, wire))]),
    )
    t.deepEqual(
      Object.fromEntries(found),
      Object.fromEntries(plainWires.map(wire => [wireName(wire), expectedOf(row, wire)])),
    )
  })
}

function rigOf(t: ExecutionContext, { settings = {} }: FailureRow, wire: Wire) {
  const { server = {}, client = {}, clock, isDirect = false } = settings
  return rig(t, wire, {
    contract: Failing,
    service: new FailingService(),
    server: { limits: server },
    client: { limits: client, ...(clock !== undefined && { clock: clock() }) },
    isRelayed: !isDirect,
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
