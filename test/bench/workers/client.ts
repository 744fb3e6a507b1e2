// Many connections, opened one after another, as independent clients open them. Those that come in one burst all go to whichever worker the
// system lets run. Variant: how many.
import { connect as connectTo } from '../../../src/index.js'
import { Echo } from '../scale/polywire.js'

export async function connect(port: string, variant: string): Promise<() => Promise<unknown>> {
  const all = Array.from({ length: Number(variant) }, () => connectTo(Echo, `grpc://127.0.0.1:${port}`))
  const request = { text: 'hello world' }
  for (const echo of all) await echo.say(request)
  let next = 0
  return () => (all[next++ % all.length] as Echo).say(request)
}
