import { compare } from './harness/compare.js'
import type { Report } from './harness/report.js'

/** Unary calls over one framed connection, 64 in flight; client and server each in a process of its own. */
export async function run(report: Report): Promise<void> {
  const module = (name: string) => new URL(`./thrift/${name}.js`, import.meta.url).href
  const contenders = ['binary', 'compact'].flatMap(variant => [
    { name: `polywire thrift, ${variant}`, module: module('polywire'), variant },
    { name: `npm thrift, ${variant}`, module: module('npm'), variant },
  ])
  const frames = { name: 'bare frames', module: new URL('./harness/frames.js', import.meta.url).href }
  const results = await compare([...contenders, frames], report, { reply: 'Hello, World!' })
  report.add(
    { id: 'thrift.unary', title: 'Thrift, framed, unary, 64 in flight', reference: 'npm thrift, binary' },
    results.map(one => (one.name.endsWith('compact') ? { ...one, reference: 'npm thrift, compact' } : one)),
  )
}
