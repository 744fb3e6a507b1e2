import { type ExplainedMethod, explainedText, explainMethods } from '../client/explain.js'
import { Code, codeOf } from '../core/code.js'
import { reasons } from '../core/reasons.js'
import { ruleTexts } from '../idl/check/rules.js'
import type { ServiceSchema } from '../schema/service.js'
import { CliError, exits } from './cli-error.js'
import type { Typed } from './command.js'
import { contractFor } from './contract.js'
import { ExplainedConfig } from './explain-config.js'
import { explainReason } from './explain-reason.js'
import { explainRule, ruleIn } from './explain-rule.js'
import { findMethod } from './find-method.js'
import { modulePath } from './load-module.js'
import { nearest } from './nearest.js'
import { mended } from './pasted.js'
import type { Terminal } from './terminal.js'

export async function run(typed: Typed, terminal: Terminal): Promise<number> {
  const [subject, name] = typed.positionals
  const modules = typed.valuesOf('contract')
  if (subject === undefined && modules.length === 0)
    throw new CliError('explain takes MODULE [METHOD], a reason, a code or a rule', { hint: 'polywire help explain' })
  if (
    subject !== undefined &&
    name === undefined &&
    (Object.hasOwn(reasons, subject) || codeOf(subject) !== undefined)
  ) {
    await terminal.out(await explainReason(subject, terminal))
    return exits.ok
  }
  const rule = subject === undefined || name !== undefined ? undefined : ruleIn(subject)
  if (rule !== undefined) {
    await terminal.out(explainRule(rule, terminal))
    return exits.ok
  }
  const isContract = subject !== undefined && modules.length === 0
  if (isContract && name === undefined) checkWord(subject, typed)
  const { services } = await contractFor(undefined, isContract ? withContract(typed, subject) : typed)
  const path = typed.valueOf('config')
  const config = path === undefined ? undefined : await ExplainedConfig.read(path)
  const method = isContract ? name : subject
  const only = method === undefined ? undefined : findMethod(method, services, typed)
  const chosen = only === undefined ? services : [only.service]
  if (chosen.length === 0)
    throw new CliError(`${subject ?? modules.join(', ')} has no service, and so no method to explain`)
  const methodsOf = (service: ServiceSchema) =>
    config === undefined
      ? explainMethods(service, {})
      : config.within(() => explainMethods(service, { config: config.value }))
  const explained = chosen.map(service => ({
    name: service.name,
    methods: methodsOf(service).filter(one => only === undefined || one.method === only.method),
  }))
  if (terminal.isJson) {
    const methods = explained.flatMap(one => one.methods.map(plain))
    await terminal.out(`${JSON.stringify({ schema: 'polywire.explain/1', methods })}\n`)
  } else {
    const text = explained.map(one => explainedText(one.name, one.methods)).join('\n\n')
    await terminal.out(`${folded(text, terminal.width)}\n`)
  }
  return exits.ok
}

/** Stages that do not fit the terminal go on below their first policy. */
function folded(text: string, width = Number.POSITIVE_INFINITY): string {
  return text
    .split('\n')
    .map(line => {
      const [head = '', first = '', ...policies] = line
        .split(/^( {4}(?:call|attempt|handler) +)| (?=> )/)
        .filter(Boolean)
      if (line.length <= width || policies.length === 0) return line
      const lines = [`${head}${first}`]
      for (const policy of policies) {
        const last = lines.at(-1) as string
        if (last.length + 1 + policy.length <= width) lines[lines.length - 1] = `${last} ${policy}`
        else lines.push(' '.repeat(head.length) + policy)
      }
      return lines.join('\n')
    })
    .join('\n')
}

function withContract(typed: Typed, module: string): Typed {
  return { ...typed, valuesOf: flag => (flag === 'contract' ? [module] : typed.valuesOf(flag)) }
}

function plain({ method, stages, off, worst }: ExplainedMethod): object {
  return { name: method.path.slice(1), idempotency: method.idempotency, stages, off, worst }
}

/** @throws CliError for what is neither a file nor an installed package, and nearly a reason, a code or a rule */
function checkWord(subject: string, { line }: Typed): void {
  if (!/^\w+$/.test(subject) || isModule(subject)) return
  const codes = Object.keys(Code).filter(one => Number.isNaN(Number(one)))
  const close = nearest(subject, [...Object.keys(reasons), ...codes, ...Object.keys(ruleTexts)])
  if (close === undefined) return
  const hint = mended(line, subject, close)
  throw new CliError(`there is no reason, code, rule or module ${subject}. Did you mean ${close}?`, { hint })
}

function isModule(name: string): boolean {
  try {
    return modulePath(name) !== ''
  } catch {
    return false
  }
}
