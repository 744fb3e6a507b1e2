import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Report } from './harness/report.js'
import { takeTurns } from './harness/turns.js'

const processes = 7
const packages = ['polywire', '@grpc/grpc-js', '@nestjs/microservices', 'fastify', 'moleculer']

/** How long a fresh process takes to import each package, polywire as it is published. */
export async function run(report: Report): Promise<void> {
  await promisify(execFile)('npm', ['run', '--silent', 'build'], { timeout: 300_000 })
  const turn = async ({ name }: { name: string }) => ({ milliseconds: await timeToImport(name) })
  const contenders = packages.map(name => ({ name }))
  const measured = await takeTurns(report, contenders, turn, processes)
  report.add(
    { id: 'import', title: 'Importing into a fresh process', reference: '@grpc/grpc-js' },
    measured.map(({ one: { name }, rounds }) => ({ name, rounds })),
  )
}

async function timeToImport(name: string): Promise<number> {
  const script = `const start = performance.now(); await import(${JSON.stringify(name)}); process.stdout.write(String(performance.now() - start))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 60_000,
  })
  return Number(stdout)
}
