// Runs benchmarks: npm run bench -- http grpc. Each is a module of this folder that exports `run(report): Promise<void>` and does nothing
// when it is imported; what several of them need lies in harness/.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { checked, confirmed, printCheck, toRepeat } from './harness/check.js'
import { Report } from './harness/report.js'
import type { Result } from './harness/result.js'
import { committedResults, type ResultsFile, resultsFile, resultsText } from './harness/results-file.js'
import { type Settings, settingsOf, usage } from './harness/settings.js'
import { writePages } from './pages/write.js'

/** What each benchmark of this folder exports. */
export interface Benchmark {
  /** Measures, and adds what it measured. Rejects where it could not measure; a target that is missed is printed, not thrown. */
  run(report: Report): Promise<void>
}

/** What docs/performance publishes, in its order. The others are run by name: they write pages of their own, or serve development. */
const published =
  'grpc thrift avro http codecs one-port unix policies caches telemetry scale workers start import'.split(' ')

/** How often `--check` runs a benchmark again whose ratio fell. */
const repeats = 2

const known = (await readdir(import.meta.dirname))
  .filter(file => file.endsWith('.js') && file !== 'main.js')
  .map(file => file.slice(0, -'.js'.length))
  .sort()

function parsed(): Settings | undefined {
  try {
    const settings = settingsOf(process.argv.slice(2))
    const unknown = settings.names.filter(name => !known.includes(name))
    if (unknown.length === 0) return settings
    console.error(`There is no benchmark ${unknown.join(', ')}.`)
  } catch (error) {
    console.error((error as Error).message)
  }
  console.error(`${usage}\n\nWithout a name: ${published.join(', ')}. There are: ${known.join(', ')}`)
  process.exitCode = 2
  return undefined
}

/** Runs benchmarks. What fails is left out, so that the rest counts. */
async function runEach(report: Report, names: readonly string[], done: () => Promise<void> = async () => {}) {
  for (const name of names) {
    const start = performance.now()
    await report.attempt(name, async () => {
      const { run } = (await import(`./${name}.js`)) as Partial<Benchmark>
      if (run === undefined) throw new Error(`test/bench/${name}.ts exports no run(report): Promise<void>`)
      await run(report)
    })
    console.log(`${name}: ${minutesSince(start)} minutes\n`)
    await done()
  }
}

/** Runs all that were asked for. */
async function runAll(report: Report): Promise<void> {
  const { names, json, publish, check } = report.settings
  const { results: committed } = JSON.parse(await readFile(committedResults, 'utf8')) as ResultsFile
  const start = performance.now()
  const write = async () => {
    if (json !== undefined) await writeFile(json, resultsText(await resultsFile(report)))
  }
  await runEach(report, names.length > 0 ? names : published, write)
  const holds = !check || (await compareWith(committed, report))
  console.log(`${minutesSince(start)} minutes in all`)
  if (report.leftOut.length > 0) console.log(`Left out:\n- ${report.leftOut.join('\n- ')}`)
  if (publish) {
    await writeFile(committedResults, resultsText(await resultsFile(report)))
    await writePages()
  }
  if (report.hasFailures || !holds) process.exitCode = 1
}

/** Measures again what fell: on a machine that does other work, too, something always does. */
async function compareWith(committed: readonly Result[], { results, settings }: Report): Promise<boolean> {
  let check = checked(committed, results)
  for (let times = 0; times < repeats && check.fallen.length > 0; times++) {
    const { names, only } = toRepeat(check)
    console.log(`${check.fallen.length} ratios fell. To be measured again: ${names.join(', ')}`)
    const again = new Report({ ...settings, only })
    await runEach(again, names)
    check = confirmed(check, again.results)
  }
  return printCheck(check, settings)
}

function minutesSince(start: number): string {
  return ((performance.now() - start) / 60_000).toFixed(1)
}

const settings = parsed()
if (settings !== undefined) await runAll(new Report(settings))
