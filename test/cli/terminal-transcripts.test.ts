import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'ava'
import { serve } from '../../src/index.js'
import { Hello, Orders } from '../fixtures/zoo.js'
import { polywire, root } from './cli.js'

/**
 * `$ line`, and what a terminal of 100 columns shows after it: stdout, then stderr, then `exit N` unless that is 0. `<red>`, `<green>`,
 * `<yellow>` and `<bold>` are colours up to `</>`.
 */
async function transcripts() {
  const text = await readFile(join(root, 'test/fixtures/terminal-transcripts.txt'), 'utf8')
  return text
    .split(/^\$ polywire /m)
    .slice(1)
    .map(part => {
      const end = part.indexOf('\n')
      return { line: part.slice(0, end), printed: part.slice(end + 1).trimEnd() }
    })
}

/** The words of a line, as a shell reads it. */
function wordsOf(line: string): string[] {
  return Array.from(line.matchAll(/'([^']*)'|\S+/g), ([word, quoted]) => quoted ?? word)
}

const colours: Readonly<Record<string, string>> = { 0: '/', 1: 'bold', 31: 'red', 32: 'green', 33: 'yellow' }

test('a terminal shows what the transcripts show, in these colours', async t => {
  const services = [Hello, Orders]
  const open = { port: 0, host: '127.0.0.1', report: () => {} }
  const server = await serve(services, { ...open, reflection: true, health: true })
  const mute = await serve(services, open)
  const gone = await serve(services, open)
  const ports = { 8080: server.port, 8081: gone.port, 8082: mute.port }
  await gone.close()
  t.teardown(() => Promise.all([server.close(), mute.close()]))
  const all = await transcripts()
  t.true(all.length > 15)
  for (const { line, printed } of all) {
    const words = wordsOf(line).map(word => {
      const real = Object.entries(ports).reduce((text, [shown, port]) => text.replace(`:${shown}`, `:${port}`), word)
      return real.replace('zoo.js', join(root, 'build/test/fixtures/zoo.js'))
    })
    const { code, out, err } = await polywire(words, { columns: 100 })
    const shown = Object.entries(ports)
      .reduce(
        // In a column the real port, which has a digit more, takes a space.
        (text, [name, port]) => text.replaceAll(`:${port}  `, `:${name}   `).replaceAll(`:${port}`, `:${name}`),
        `${out}${err}exit ${code}`,
      )
      .replaceAll(join(root, 'build/test/fixtures/'), '')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one.
      .replace(/\u001b\[(\d+)m/g, (_, number: string) => `<${colours[number]}>`)
      .replace(/(?<=[ (])[\d.]+(?= ms)|(?<=dial |reflection )[\d.]+/g, '1')
      .replace(/exit 0$/, '')
      .trimEnd()
    t.is(shown, printed, line)
  }
})
