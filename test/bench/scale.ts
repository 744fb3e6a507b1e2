import { type Comparison, compare } from './harness/compare.js'
import type { Report } from './harness/report.js'

const module = new URL('./scale/polywire.js', import.meta.url).href

/** What grows, to which sizes. The CPU of a call should not. */
const curves = [
  { what: 'connections', sizes: [1, 10, 100, 1000, 10_000], title: 'connections of one client process' },
  { what: 'endpoints', sizes: [1, 10, 100, 1000, 10_000], title: 'endpoints behind one client' },
  { what: 'services', sizes: [1, 10, 100, 1000], title: 'services of ten methods on one server' },
]
const payloads = [1, 64, 1024, 16 * 1024, 256 * 1024, 2 ** 20, 8 * 2 ** 20, 64 * 2 ** 20]

/** gRPC, unary, 64 in flight, from small to large. A quick run leaves the ends of curves out: they take long to start. */
export async function run(report: Report): Promise<void> {
  const { quick } = report.settings
  for (const { what, sizes: all, title } of curves) {
    const sizes = all.filter(size => !quick || size < 10_000)
    const name = (size: number) => `polywire, ${what}: ${size.toLocaleString('en')}`
    const contenders = sizes.map(size => ({ name: name(size), module, variant: `${what} ${size}` }))
    const results = await compare(contenders, report)
    report.add(
      { id: `scale.${what}`, title: `Scale: ${title}`, reference: name(1), axis: what },
      // One that failed is missing.
      results.map(one => ({ ...one, size: sizes.find(size => name(size) === one.name) ?? Number.NaN })),
    )
  }
  const results: (Comparison & { readonly size: number })[] = []
  for (const size of payloads.filter(size => !quick || size < 64 * 2 ** 20)) {
    const contender = { name: `polywire, ${size.toLocaleString('en')} bytes`, module, variant: `bytes ${size}` }
    // As many in flight as fit into 64 MiB.
    const inFlight = Math.min(64, Math.max(1, (64 * 2 ** 20) / size))
    results.push(...(await compare([contender], report, { inFlight })).map(one => ({ ...one, size })))
  }
  report.add({ id: 'scale.bytes', title: 'Scale: bytes of a message', axis: 'bytes' }, results)
}
