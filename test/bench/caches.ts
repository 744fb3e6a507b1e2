import { compareAlone } from './harness/alone.js'
import type { Report } from './harness/report.js'

/** What a reply from the cache costs: no codec, no socket. */
export async function run(report: Report): Promise<void> {
  const header = { id: 'caches.alone', title: 'Cached replies, without codec and socket' }
  await compareAlone(report, new URL('./caches/alone.js', import.meta.url).href, header)
}
