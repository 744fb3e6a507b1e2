import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Report } from './harness/report.js'

const run7 = Array.from({ length: 7 })
const packages = ['polywire', '@grpc/grpc-js', '@nestjs/microservices', 'fastify', 'moleculer']

/** How long a fresh process takes to import each package, polywire as it is published. */
export async function run(report: Report): Promise<void> {
  await promisify(execFile)('npm', ['run', '--silent', 'build'])
  const measured = packages.map(name => ({ name, rounds: [] as { milliseconds: number }[] }))
  for (const _ of run7) for (const { name, rounds } of measured) rounds.push({ milliseconds: await timeToImport(name) })
  report.add({ id: 'import', title: 'Importing into a fresh process', reference: '@grpc/grpc-js' }, measured)
}

async function timeToImport(name: string): Promise<number> {
  const script = `const start = performance.now(); await import(${JSON.stringify(name)}); process.stdout.write(String(performance.now() - start))`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
  return Number(stdout)
}
