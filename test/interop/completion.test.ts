// The completion scripts in the shells themselves, on a terminal. Neither Debian nor npm has PowerShell: its script is
// read by a grammar in test/cli/completion.test.ts, and never run.
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { root } from '../cli/cli.js'
import { folder } from '../cli/folder.js'

/** Each without the settings of whoever runs the tests. */
const shells = {
  bash: { start: 'bash --norc --noprofile -i', load: 'source <(polywire completion bash)' },
  zsh: { start: 'zsh -f -i', load: 'source <(polywire completion zsh)' },
  'zsh, from $fpath': {
    start: 'zsh -f -i',
    load: 'polywire completion zsh > _polywire; fpath=($PWD $fpath); autoload -U compinit; compinit -u -D',
  },
  fish: { start: 'fish --no-config -i', load: 'polywire completion fish | source' },
}

/** What is typed before a tab, and the words that the program then gets. */
const lines: readonly (readonly [typed: string, words: readonly string[]])[] = [
  ['polywire hea', ['health']],
  ['polywire call --connect-t', ['call', '--connect-timeout']],
  ['polywire ls --color al', ['ls', '--color', 'always']],
  ['polywire ls --color=al', ['ls', '--color=always']],
  ['polywire bench -v stag', ['bench', '-v', 'staging']],
  ['polywire tap :9000 stag', ['tap', ':9000', 'staging']],
  ['polywire call staging hello.Hello/SayH', ['call', 'staging', 'hello.Hello/SayHello']],
  ['polywire call --cacert auth', ['call', '--cacert', 'authority.pem']],
  ['polywire export contr', ['export', 'contract.ts']],
  ['true; LANG=C polywire doctor cop', ['doctor', 'copies']],
]

for (const [name, { start, load }] of Object.entries(shells))
  test(`${name} completes commands, flags and their values, targets, methods and files`, async t => {
    const terminal = await Terminal.open(t, start)
    await terminal.type(`${load}\n`)
    await terminal.type("echo rea''dy\n")
    await terminal.shows(/\bready\b/)
    for (const [typed, words] of lines) {
      await terminal.type(`${typed}\t\n`)
      const ran = await terminal.shows(/<ran(.*)ran>/)
      t.deepEqual(ran[1]?.trim().split(' '), words, typed)
    }
  })

/** A shell on a terminal, in a project with a target. Its `polywire` completes, and else prints what it gets. */
class Terminal {
  private printed = ''
  private read = 0
  /** Rejects when the shell ends. */
  private readonly ended: Promise<never>

  private constructor(private readonly child: ChildProcessWithoutNullStreams) {
    child.stdout.on('data', (chunk: Buffer) => {
      this.printed += chunk
    })
    this.ended = new Promise((_, reject) => {
      child.once('error', reject)
      child.once('close', code => reject(new Error(`the shell ended with ${code}: ${this.printed}`)))
    })
    this.ended.catch(() => {})
  }

  static async open(t: ExecutionContext, start: string): Promise<Terminal> {
    const [shell = ''] = start.split(' ')
    // Else it would be `script` that fails, and its message gets lost.
    execFileSync(shell, ['--version'])
    const cwd = await folder(t)
    const bin = join(cwd, 'bin')
    await mkdir(bin)
    const main = join(root, 'build/src/cli/main.js')
    const program = `#!/bin/sh
if [ "$1" = completion ]; then exec '${process.execPath}' --conditions=polywire-development '${main}' "$@"; fi
printf '<ran%sran>\\n' "$(printf ' %s' "$@")"
`
    await writeFile(join(bin, 'polywire'), program)
    await chmod(join(bin, 'polywire'), 0o755)
    const contracts = [join(root, 'build/test/fixtures/hello.js')]
    await writeFile(join(cwd, 'polywire.json'), JSON.stringify({ contracts, targets: { staging: ':8080' } }))
    await writeFile(join(cwd, 'authority.pem'), '')
    await writeFile(join(cwd, 'contract.ts'), '')
    const env = { HOME: cwd, PATH: `${bin}:${process.env.PATH}`, TERM: 'dumb', LANG: 'C.UTF-8' }
    const child = spawn('script', ['-qfec', start, '/dev/null'], { cwd, env })
    t.teardown(() => child.kill())
    return new Terminal(child)
  }

  type(text: string): Promise<void> {
    return new Promise((resolve, reject) => this.child.stdin.write(text, error => (error ? reject(error) : resolve())))
  }

  /** Resolves with the next text that matches, behind what was read before. @throws if the shell ends without */
  shows(wanted: RegExp): Promise<RegExpExecArray> {
    const { child } = this
    const found = new Promise<RegExpExecArray>(resolve => {
      const look = () => {
        const found = wanted.exec(this.printed.slice(this.read))
        if (found === null) return
        this.read += found.index + found[0].length
        child.stdout.off('data', look)
        resolve(found)
      }
      child.stdout.on('data', look)
      look()
    })
    return Promise.race([found, this.ended])
  }
}
