import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { serve } from '../../src/index.js'
import { HelloService } from '../fixtures/hello.js'
import { freePort } from '../support/free-port.js'
import { root } from './cli.js'

interface Transcript {
  readonly line: string
  readonly printed: string
}

/** `$ line`, and what a terminal shows after it up to an empty line; the last line may be `exit N`. */
async function transcripts(): Promise<Transcript[]> {
  const text = await readFile(join(root, 'test/fixtures/transcripts.txt'), 'utf8')
  return text
    .split(/^\$ /m)
    .slice(1)
    .map(part => {
      const end = part.indexOf('\n')
      return { line: part.slice(0, end), printed: part.slice(end + 1).trimEnd() }
    })
}

/** Runs a line in bash with the built program. @returns both streams in the order of their lines, and the exit code unless it is 0 */
function shown(line: string): Promise<string> {
  const main = join(root, 'build/src/cli/main.js')
  const program = `polywire() { '${process.execPath}' --conditions=polywire-development '${main}' "$@"; }
    HELLO='${join(root, 'build/test/fixtures/hello.js')}'
    set -o pipefail
    ${line}`
  const child = spawn('bash', ['-c', `exec 2>&1; ${program}`], {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve(`${Buffer.concat(chunks)}${code === 0 ? '' : `exit ${code}`}`.trimEnd()))
  })
}

test('the program prints what its transcripts show', async t => {
  const service = [HelloService]
  const server = await serve(service, { port: 0, host: '127.0.0.1', reflection: true, health: true, report: () => {} })
  t.teardown(() => server.close())
  const ports: readonly (readonly [string, number])[] = [
    ['8080', server.port],
    ['8081', await freePort()],
  ]
  const all = await transcripts()
  t.true(all.length > 10)
  for (const { line, printed } of all) {
    const real = ports.reduce((text, [shownPort, port]) => text.replaceAll(shownPort, String(port)), line)
    const output = ports.reduce(
      (text, [shownPort, port]) => text.replaceAll(String(port), shownPort),
      await shown(real),
    )
    t.is(output.replace(/\d+(?:\.\d+)? m?s$/gm, '1 ms').replace('--wait 1 ms', '--wait 30s'), printed, line)
  }
})
