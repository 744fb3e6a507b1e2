import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { version } from '../server/version.js'
import { CliError, exits } from './cli-error.js'
import type { Tone } from './color.js'
import type { Typed } from './command.js'
import { checkBundle } from './doctor/bundle.js'
import type { Check, Examined, Finding } from './doctor/check.js'
import { checkConfig } from './doctor/config.js'
import { checkContracts } from './doctor/contracts.js'
import { checkCopies } from './doctor/copies.js'
import { checkDecorators } from './doctor/decorators.js'
import { checkGenerated } from './doctor/generated.js'
import { manifestIn } from './doctor/installed.js'
import { checkAllow, checkLock } from './doctor/lock.js'
import { checkNode } from './doctor/node.js'
import { checkPackage } from './doctor/package.js'
import { checkPorts } from './doctor/port.js'
import { checkRegistries } from './doctor/registry.js'
import { checkTargets } from './doctor/targets.js'
import { typescriptIn } from './doctor/tsconfig.js'
import { checkTypeScript } from './doctor/typescript.js'
import { nearest } from './nearest.js'
import { mended } from './pasted.js'
import { projectOf } from './project.js'
import type { Terminal } from './terminal.js'

/** By the word that runs one of them alone. */
const checks: Readonly<Record<string, Check>> = {
  node: checkNode,
  package: checkPackage,
  typescript: checkTypeScript,
  decorators: checkDecorators,
  copies: checkCopies,
  bundle: checkBundle,
  config: checkConfig,
  contracts: checkContracts,
  import: checkGenerated,
  lock: checkLock,
  allow: checkAllow,
  port: checkPorts,
  registry: checkRegistries,
  target: checkTargets,
}

/** For completion. */
export const checkNames: readonly string[] = Object.keys(checks)

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const chosen = typed.positionals.length === 0 ? Object.keys(checks) : typed.positionals
  const folder = packageFolder()
  const examined: Examined = {
    folder,
    typed,
    env: process.env,
    project: projectOf(typed.valueOf('project'), process.env),
  }
  const findings = (await Promise.all(chosen.map(name => checkNamed(name, typed)(examined)))).flat()
  const count = (state: Finding['state']) => findings.filter(one => one.state === state).length
  const [failed, warned, ok] = [count('FAIL'), count('warn'), count('ok')]
  if (terminal.isJson) {
    const document = { schema: 'polywire.doctor/1', checks: findings, failed, warned, ok }
    await terminal.out(`${JSON.stringify(document)}\n`)
  } else {
    const shown = terminal.isQuiet ? findings.filter(one => one.state !== 'ok') : findings
    const head = terminal.isQuiet ? '' : `${titleOf(folder)}\n`
    const sum = terminal.isQuiet ? '' : `${failed} failed, ${warned} warning${warned === 1 ? '' : 's'}, ${ok} ok\n`
    await terminal.out(`${head}${shown.map(one => text(one, terminal)).join('')}${sum}`)
  }
  return failed === 0 ? exits.ok : exits.no
}

function checkNamed(name: string, { line }: Typed): Check {
  const check = checks[name]
  if (check !== undefined) return check
  const close = nearest(name, Object.keys(checks))
  throw new CliError(
    `doctor has no check ${name}${close === undefined ? `; it has ${Object.keys(checks).join(', ')}` : `. Did you mean ${close}?`}`,
    { hint: mended(line, name, close) },
  )
}

const tones: Readonly<Record<Finding['state'], Tone>> = { ok: 'good', warn: 'warn', FAIL: 'bad' }

function text({ id, state, message, why, fix }: Finding, { paint }: Terminal): string {
  const lines = [`  ${paint(tones[state], state.padEnd(4))}  ${id.padEnd(14)} ${message}`]
  for (const line of [why, fix])
    if (line !== undefined) lines.push(`${' '.repeat(23)}${line.replaceAll('\n', `\n${' '.repeat(23)}`)}`)
  return lines.map(line => `${line}\n`).join('')
}

/** The nearest folder with a package.json. @throws CliError if there is none */
function packageFolder(): string {
  for (let folder = process.cwd(); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
    if (dirname(folder) === folder)
      throw new CliError('doctor looks at a project, and there is no package.json here or above', {
        hint: 'cd into the project',
      })
  }
}

/** `greeter, polywire 0.9.0, Node 22.11.0, TypeScript 5.9.3, linux x64` */
function titleOf(folder: string): string {
  const tool = typescriptIn(folder)
  return [
    manifestIn(folder).name ?? folder,
    `polywire ${version()}`,
    `Node ${process.versions.node}`,
    ...(tool === undefined ? [] : [`TypeScript ${tool.version}`]),
    `${process.platform} ${process.arch}`,
  ].join(', ')
}
