// The process of one contender's server or client: node worker.js <module> serve|call <variant> [<address>]. It ends with its parent.
import type { ContenderModule, ForeignClient, Load } from './contender.js'
import { measure } from './load.js'
import { UsageMeter } from './usage-meter.js'

process.once('disconnect', () => process.exit())
const [, , module = '', role, variant = '', address = ''] = process.argv
const contender = (await import(module)) as ContenderModule

if (role === 'serve') {
  const served = await contender.listen(variant)
  const meter = typeof served === 'string' ? new UsageMeter() : new UsageMeter(served.pid)
  process.on('message', () => process.send?.(meter.read()))
  process.send?.(typeof served === 'string' ? served : served.address)
} else {
  const connected = await contender.connect(address, variant)
  const client = typeof connected === 'function' ? await clientOf(connected) : connected
  process.send?.({ reply: client.reply, usage: new UsageMeter(client.pid).read() })
  const started = () => new Promise<void>(resolve => process.send?.('started', () => resolve()))
  process.on('message', (load: Load) => {
    void client.measure(load, started).then(sample => process.send?.(sample))
  })
}

/** Calls from this process. */
async function clientOf(call: () => Promise<unknown>): Promise<Omit<ForeignClient, 'pid'> & { readonly pid?: number }> {
  return { reply: await call(), measure: (load, atStart) => measure(call, load, atStart) }
}
