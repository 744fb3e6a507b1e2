import { readFile, writeFile } from 'node:fs/promises'
import test from 'ava'
import { type GrpcInstrument, grpcInstruments } from '../../src/opentelemetry/grpc-instruments.js'
import { durationBounds } from '../../src/telemetry/histogram.js'
import { type MetricFamily, metricTable } from '../../src/telemetry/metric-table.js'

const file = new URL('../../../docs/reference/metrics.md', import.meta.url)

function rowOf({ name, type, labels, help, perWorker = false }: MetricFamily): string {
  const full = type === 'counter' ? `${name}_total` : name
  const shown = [...labels.map(label => `\`${label}\``), ...(perWorker ? ['with workers `worker`'] : [])]
  return `| \`${full}\` | ${type} | ${shown.join(', ')} | ${help} |`
}

const families: readonly MetricFamily[] = Object.values(metricTable)
const table = ['| metric | type | labels | what it is |', '| --- | --- | --- | --- |', ...families.map(rowOf)].join(
  '\n',
)
const bounds = `\`${durationBounds.join('`, `')}\``

const grpcRows = Object.values<GrpcInstrument>(grpcInstruments).map(({ name, type, unit, labels, help, source }) => {
  const shown = labels.map(label => `\`${label}\``).join(', ')
  return `| \`${name}\` | ${type} | \`${unit}\` | ${shown} | ${help} | ${source} |`
})
const grpcTable = [
  '| metric | type | unit | labels | what it is | gRFC |',
  '| --- | --- | --- | --- | --- | --- |',
  ...grpcRows,
].join('\n')

test('the page of metrics is what the code has', async t => {
  const page = await readFile(file, 'utf8')
  const wanted = page
    .replace(/(<!-- metrics -->\n)[\s\S]*?(\n<!-- end -->)/, `$1${table}$2`)
    .replace(/(<!-- grpc -->\n)[\s\S]*?(\n<!-- end -->)/, `$1${grpcTable}$2`)
    .replace(/(<!-- buckets -->\n)[\s\S]*?(\n<!-- end -->)/, `$1${bounds}$2`)
  if (process.env.POLYWIRE_WRITE_PAGES !== undefined) await writeFile(file, wanted)
  t.is(page, wanted, 'write it again: POLYWIRE_WRITE_PAGES=1 npx ava build/test/docs/metrics.test.js')
})

test('names follow the rules of Prometheus', t => {
  for (const { name, type, labels } of families) {
    t.regex(name, /^[a-z][a-z0-9_]*$/)
    t.false(name.endsWith('_total'), `${name}: written for a ${type}`)
    for (const label of labels) t.regex(label, /^[a-z][a-z0-9_]*$/)
  }
  t.is(new Set(families.map(({ name }) => name)).size, families.length)
})
