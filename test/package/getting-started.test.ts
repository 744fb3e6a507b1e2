import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'ava'
import { pack } from './installed.js'
import { readSteps } from './page-steps.js'
import { type Running, Terminal } from './terminal.js'

const server = 'node dist/server.js'

/**
 * Does what docs/guide/getting-started.md says, in its order and by its words. Only `npm install polywire` gets the tarball instead, and the
 * port is a free one.
 */
test('a reader of Getting started has a reply, without a flag and without an error', async t => {
  const folder = await mkdtemp(join(tmpdir(), 'polywire-started-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const tarball = await pack(folder)
  const terminal = new Terminal(folder)
  let running: Running | undefined
  t.teardown(async () => void (await running?.stop('SIGKILL').catch(() => {})))

  for (const step of await readSteps('docs/guide/getting-started.md')) {
    if (step.kind === 'file') {
      const file = join(terminal.folder, step.path)
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, step.text)
      continue
    }
    let printed = ''
    for (const line of step.lines) {
      if (line !== server) printed += await terminal.run(line.replace('install polywire', `install ${tarball}`))
      else {
        running = await terminal.start(line)
        printed += running.printed
      }
    }
    if (step.prints !== undefined) t.is(printed.trimEnd(), step.prints.trimEnd(), step.lines.join('\n'))
  }

  t.is(await running?.stop('SIGINT'), 0, 'Ctrl+C ends the server')
  running = undefined
  // The page promises a minute; a slow machine may take four times as long.
  t.log(`${terminal.cpu.toFixed(1)} s of CPU`)
  t.true(terminal.cpu < 240)
})
