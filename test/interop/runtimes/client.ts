import { connect, disconnect, withCall } from '../../../src/index.js'
import { connect as connectPage } from '../../../src/web/index.js'
import { Order, Unary } from '../../matrix/contract.js'
import { wireTargets } from './wire-targets.js'

const address = process.argv.at(-1) as string

/** `yes`, or why not. */
async function tried(make: () => Unary): Promise<string> {
  try {
    const remote = make()
    const { attempts } = await withCall(remote, { timeout: '5s' }).unary(
      Object.assign(new Order(), { key: Math.random().toString() }),
    )
    void disconnect(remote).catch(() => {})
    return attempts === 1 ? 'yes' : `the handler ran ${attempts} times`
  } catch (error) {
    return String((error as Error).message)
  }
}

const found: Record<string, string> = {}
for (const [wire, target] of Object.entries(wireTargets))
  found[wire] = await tried(() => connect(Unary, target(address)))
found['polywire/web'] = await tried(() => connectPage(Unary, `http://${address}`))
console.log(JSON.stringify(found))
process.exit(0)
