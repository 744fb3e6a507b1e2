import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { metricTable } from '../../src/telemetry/metric-table.js'

test('the dashboard of the sample asks for metrics and labels that exist', async t => {
  const text = await readFile(join(import.meta.dirname, '../../../samples/observability/dashboard.json'), 'utf8')
  const { panels } = JSON.parse(text) as { panels: { title: string; targets: { expr: string }[] }[] }
  const families = new Map<string, readonly string[]>(
    Object.values(metricTable).map(({ name, labels }) => [name, labels]),
  )
  const used = new Set<string>()
  for (const { title, targets } of panels)
    for (const { expr } of targets)
      for (const [name = ''] of expr.matchAll(/\b(?:rpc_\w+_call_duration|polywire|nodejs|process)_\w+/g)) {
        const family = name.replace(/_(?:total|bucket|count|sum)$/, '')
        used.add(family)
        const labels = families.get(family)
        t.truthy(labels, `${title}: ${name}`)
        const asked = /\{([^}]*)\}/.exec(expr.slice(expr.indexOf(name)))?.[1] ?? ''
        for (const [, label = ''] of asked.matchAll(/(\w+)(?:=~|!=|=)"/g))
          t.true(labels?.includes(label), `${title}: ${name} has no label ${label}`)
      }
  t.true(used.size >= 12)
})
