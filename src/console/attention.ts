import { historyOf } from '../config/config-log.js'
import { isConfigSource } from '../config/config-source.js'
import type { MethodState } from '../core/inspection.js'
import type { ServerInspection } from '../server/inspection.js'
import { cut } from '../telemetry/cut.js'
import { circuitsOf } from './circuits.js'
import { limitRows } from './limit-rows.js'
import { policyState } from './policy-state.js'
import { nameOf, type Scene } from './scene.js'
import type { Notice } from './views.js'

/** What needs a look now: circuits that are not closed, endpoints that are out, limits that are near, a server that drains. */
export function attentionTo(scene: Scene): readonly Notice[] {
  return aged(scene.seenSince, findings(scene))
}

type Finding = Omit<Notice, 'age'>

/** Says how long each has been found. What is not found any more is forgotten. */
function aged(seenSince: Map<string, number>, findings: readonly Finding[]): readonly Notice[] {
  const now = performance.now()
  const keys = new Set(findings.map(({ key }) => key))
  for (const key of seenSince.keys()) if (!keys.has(key)) seenSince.delete(key)
  return findings.map(notice => {
    const since = seenSince.get(notice.key) ?? now
    seenSince.set(notice.key, since)
    return { ...notice, age: Math.round(now - since) }
  })
}

function findings(scene: Scene): readonly Finding[] {
  const { channels } = scene
  const server = scene.server.inspect()
  const notices: Finding[] = refusedConfigs(scene)
  if (server.draining)
    notices.push({
      key: 'drain',
      level: 'bad',
      text: 'The server drains: it is not ready, and closes when its calls have ended.',
      page: 'server',
    })
  if (server.registration?.state === 'failing')
    notices.push({
      key: 'registration',
      level: 'bad',
      text: `${server.registration.registry} does not take the entry of this server; clients lose it with its lease.`,
      page: 'server',
    })
  for (const [name, passes] of Object.entries(server.health))
    if (passes === false)
      notices.push({
        key: `check ${name}`,
        level: 'bad',
        text: `The health check ${name} fails: the server is not ready.`,
        page: 'server',
      })
  notices.push(...nearLimits(server, scene.calls), ...busyPolicies(server.policies, 'server'))
  for (const { channel } of channels) {
    const { endpoints, methods } = channel.inspect()
    notices.push(...busyPolicies(methods, 'clients'))
    for (const { address, state, returnsIn } of endpoints) {
      if (state === 'ejected' || state === 'down' || state === 'not_serving')
        notices.push({
          key: `${address} ${state}`,
          level: 'warn',
          text: `${address} is ${outText[state]}${backIn(returnsIn)}.`,
          page: 'clients',
        })
    }
    for (const [path, policies] of Object.entries(methods)) {
      for (const [address, circuit] of circuitsOf(policies)) {
        if (circuit.state === 'closed') continue
        const text = `The circuit of ${nameOf({ path })} at ${address} is ${circuit.state}${backIn(circuit.reopensIn ?? 0)}.`
        notices.push({
          key: `${path} ${address}`,
          level: circuit.state === 'open' ? 'bad' : 'warn',
          text,
          page: 'clients',
          method: nameOf({ path }),
        })
      }
    }
  }
  return notices
}

/** Share of a limit from which it is near. */
const near = 0.75

function nearLimits(server: ServerInspection, calls: Scene['calls']): Finding[] {
  return limitRows(server, calls).flatMap(({ name, what, now, max }): Finding[] => {
    if (now === null || typeof max !== 'number' || now < max * near) return []
    const text = `The limit ${name} is near: ${now.toLocaleString('en-US')} of ${max.toLocaleString('en-US')} ${what}.`
    return [{ key: `limit ${name}`, level: now >= max ? 'bad' : 'warn', text, page: 'server' }]
  })
}

/** Circuits have notices of their own, and the limit on the calls of a server is one of its limits. */
const otherwiseTold = new Set(['circuitBreaker', 'concurrency'])

/** Policies that work hard: a full bulkhead, a spent budget. */
function busyPolicies(methods: Readonly<Record<string, MethodState>>, page: string): Finding[] {
  return Object.entries(methods).flatMap(([path, states]) =>
    Object.keys(states).flatMap((policy): Finding[] => {
      const { now, level } = policyState(policy, states)
      if (level === 'ok' || otherwiseTold.has(policy)) return []
      const method = nameOf({ path })
      return [{ key: `${policy} ${path}`, level, text: `${policy} of ${method}: ${now}.`, page, method }]
    }),
  )
}

function refusedConfigs({ channels, given }: Scene): Finding[] {
  const configs = new Set([given.config, ...channels.map(({ channel }) => channel.settings.given.config)])
  return [...configs].flatMap((config): Finding[] => {
    const refused = config !== undefined && isConfigSource(config) ? historyOf(config)?.refused : undefined
    if (refused === undefined) return []
    return [
      {
        key: `config ${refused.at}`,
        level: 'bad',
        text: `A configuration was refused, and the one before stays: ${cut(refused.message)}`,
        page: 'config',
      },
    ]
  })
}

const outText = { ejected: 'ejected as an outlier', down: 'down', not_serving: 'not serving' } as const

function backIn(ms: number): string {
  return ms > 0 ? `, for another ${ms >= 1000 ? `${Math.ceil(ms / 1000)} s` : `${Math.ceil(ms)} ms`}` : ''
}
