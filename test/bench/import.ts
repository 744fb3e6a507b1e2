import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Report } from './harness/report.js'
import { takeTurns } from './harness/turns.js'

const processes = 7
const packages = ['polywire', '@grpc/grpc-js', '@nestjs/microservices', 'fastify', 'moleculer']

/** How long a fresh process takes to import each package, polywire as it is published. */
export async function run(report: Report): Promise<void> {
  await promisify(execFile)('npm', ['run', '--silent', 'build'], { timeout: 300_000 })
  const turn = async ({ name }: { name: string }) => importing(name)
  const contenders = packages.map(name => ({ name }))
  const measured = await takeTurns(report, contenders, turn, { rounds: processes })
  report.add(
    { id: 'import', title: 'Importing into a fresh process', reference: '@grpc/grpc-js' },
    measured.map(({ one: { name }, rounds }) => ({ name, rounds })),
  )
}

/** Imports a package. @returns the milliseconds, and those of CPU */
async function importing(name: string): Promise<{ milliseconds: number; startCpu: number }> {
  const script =
    'const start = performance.now(); const before = process.cpuUsage(); ' +
    `await import(${JSON.stringify(name)}); const { user, system } = process.cpuUsage(before); ` +
    'process.stdout.write(JSON.stringify({ milliseconds: performance.now() - start, startCpu: (user + system) / 1000 }))'
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 60_000,
  })
  return JSON.parse(stdout) as { milliseconds: number; startCpu: number }
}
