import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { RpcError } from '../../core/rpc-error.js'
import type { Allowance } from '../../idl/check/allow.js'
import { lockTextOf } from '../../idl/check/snapshot.js'
import { lockFile } from '../../idl/lock/format.js'
import { Refusal } from '../../idl/refusal.js'
import { readAgainst } from '../against.js'
import { judge } from '../check.js'
import { checkSettings } from '../check-settings.js'
import { CliError } from '../cli-error.js'
import { snapshotFrom, sourcesFor } from '../sources.js'
import type { Check, Finding } from './check.js'

/** Whether the contract still serves the callers of the one that was released. */
export const checkLock: Check = async ({ project, typed: line }) => {
  if (project === undefined) return []
  const path = relative(process.cwd(), join(dirname(project.path), lockFile))
  if (!existsSync(path)) return []
  const id = 'lock'
  // The words of the line are checks and not contracts.
  const typed = { ...line, positionals: [] }
  try {
    const sources = sourcesFor(typed, project, 'lock')
    const snapshot = await snapshotFrom(sources, typed.valuesOf('include'))
    if (readFileSync(path, 'utf8') === lockTextOf(snapshot))
      return [{ id, state: 'ok', message: `${path} is up to date` }]
    const judgement = judge(await readAgainst(path, sources, typed), snapshot, typed, checkSettings(project))
    if (!judgement.breaks)
      return [{ id, state: 'ok', message: `the contract has changed since ${path} was written, and nothing breaks` }]
    const message = `the contract breaks callers of the one in ${path}`
    return [{ id, state: 'FAIL', message, fix: 'polywire check' }]
  } catch (error) {
    if (!isMistake(error)) throw error
    return [
      {
        id,
        state: 'FAIL',
        message: error.message,
        ...(error instanceof CliError && error.hint && { fix: error.hint }),
      },
    ]
  }
}

/** Days before its end from which on an allowance is a warning. */
const soon = 30
const day = 86_400_000

/** Breaks that are meant, and until when. */
export const checkAllow: Check = async ({ project }) => {
  const id = 'allow'
  try {
    const { allow } = checkSettings(project)
    const findings = allow.flatMap((one, at) => allowanceFinding(one, at))
    if (findings.length > 0 || allow.length === 0) return findings
    const last = allow.map(({ until }) => until).sort()[0]
    return [{ id, state: 'ok', message: `${allow.length} allowed until ${last} or later` }]
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    return [{ id, state: 'FAIL', message: error.message }]
  }
}

function allowanceFinding({ at, rules, reason, until }: Allowance, index: number): Finding[] {
  const today = new Date().toISOString().slice(0, 10)
  const days = Math.floor((Date.parse(until) - Date.parse(today)) / day)
  if (days >= soon) return []
  const hasEnded = days < 0
  return [
    {
      id: 'allow',
      state: hasEnded ? 'FAIL' : 'warn',
      message: `check.allow[${index}] ${hasEnded ? 'ended' : 'ends'} on ${until}: ${rules.join(', ')} at ${at}`,
      why: JSON.stringify(reason),
      fix: 'If it is released: polywire lock, and remove the entry',
    },
  ]
}

function isMistake(error: unknown): error is Error {
  return error instanceof CliError || error instanceof RpcError || error instanceof Refusal
}
