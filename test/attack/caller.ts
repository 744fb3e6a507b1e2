// A client in a process of its own that calls whoever it is told to: node caller.js. Each order is a list of targets, which it calls at once;
// it answers with what that has cost.
import { connect, disconnect, RpcError } from '../../src/index.js'
import type { Outcome, Outcomes } from './hostile-servers.test.js'
import { Target } from './target.js'

/** Seconds that a call may take. */
const timeout = '0.7s'

async function call(target: string): Promise<Outcome> {
  const began = performance.now()
  const remote = connect(Target, target, { report: () => {}, config: { methodConfig: [{ name: [{}], timeout }] } })
  let code: number | undefined
  let message = ''
  try {
    await remote.take({ text: 'a call' })
  } catch (error) {
    message = String(error).slice(0, 300)
    code = error instanceof RpcError ? error.code : -1
  }
  const took = performance.now() - began
  await disconnect(remote)
  return { code, message, took }
}

process.on('message', async (targets: string) => {
  ;(globalThis as { gc?: () => void }).gc?.()
  let peak = 0
  const resident = process.memoryUsage.rss()
  const watch = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss() - resident)
  }, 5)
  const outcomes = await Promise.all(targets.split(' ').map(call))
  clearInterval(watch)
  process.send?.({ outcomes, peak } satisfies Outcomes)
})
process.once('disconnect', () => process.exit())
process.send?.({ ready: true })
