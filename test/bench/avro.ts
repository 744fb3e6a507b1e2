import { compare } from './harness/compare.js'
import type { Report } from './harness/report.js'

/** Unary calls over one connection, 64 in flight; client and server each in a process of its own. */
export async function run(report: Report): Promise<void> {
  const contenders = [
    { name: 'polywire avro', module: new URL('./avro/polywire.js', import.meta.url).href },
    { name: 'avsc', module: new URL('./avro/avsc.js', import.meta.url).href },
    { name: 'bare frames', module: new URL('./harness/frames.js', import.meta.url).href },
  ]
  const results = await compare(contenders, report, { reply: 'Hello, World!' })
  report.add({ id: 'avro.unary', title: 'Avro RPC, unary, 64 in flight', reference: 'avsc' }, results)
}
